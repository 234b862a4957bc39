#include "Module.h"

#include <string.h>

CPKCS11Result CPKCS11_open_session(CPKCS11Module *module, CPKCS11Number slot, int is_writing, CPKCS11Number *session) {
  CK_FLAGS flags = CKF_SERIAL_SESSION | (is_writing ? CKF_RW_SESSION : 0);
  return CPKCS11_CALL(module, C_OpenSession, slot, flags, NULL, NULL, session);
}

CPKCS11Result CPKCS11_close_session(CPKCS11Module *module, CPKCS11Number session) {
  return CPKCS11_CALL(module, C_CloseSession, session);
}

CPKCS11Result CPKCS11_session_is_open(CPKCS11Module *module, CPKCS11Number session, int *is_logged_in) {
  CK_SESSION_INFO info;
  memset(&info, 0, sizeof info);
  CK_RV result = CPKCS11_CALL(module, C_GetSessionInfo, session, &info);
  *is_logged_in = result == CKR_OK && (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
  return result;
}

CPKCS11Result CPKCS11_login(CPKCS11Module *module, CPKCS11Number session, const void *pin, size_t pin_count) {
  return CPKCS11_CALL(module, C_Login, session, CKU_USER, (unsigned char *)pin, pin_count);
}
