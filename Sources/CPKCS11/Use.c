#include "Module.h"

enum { tag_bits = 128 };

/// Where there is nothing to read, modules want an address nonetheless.
static unsigned char nothing[1];

static unsigned char *bytes_of(const void *bytes, size_t count) {
  return count == 0 ? nothing : (unsigned char *)bytes;
}

static void set_up_gcm(CPKCS11Mechanism *mechanism, CPKCS11Number number, const uint8_t *nonce, size_t nonce_count,
                       const uint8_t *data, size_t data_count) {
  CPKCS11_set_up(mechanism, number, CPKCS11_NO_PARAMETERS);
  mechanism->parameters.gcm.iv_ptr = (unsigned char *)nonce;
  mechanism->parameters.gcm.iv_len = nonce_count;
  mechanism->parameters.gcm.iv_bits = nonce_count * 8;
  mechanism->parameters.gcm.aad_ptr = data_count == 0 ? NULL : (unsigned char *)data;
  mechanism->parameters.gcm.aad_len = data_count;
  mechanism->parameters.gcm.tag_bits = tag_bits;
  mechanism->mechanism.pParameter = &mechanism->parameters;
  mechanism->mechanism.ulParameterLen = sizeof mechanism->parameters.gcm;
}

CPKCS11Result CPKCS11_seal(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number number, CPKCS11Number key,
                           const uint8_t *nonce, size_t nonce_count, const uint8_t *data, size_t data_count,
                           const void *plaintext, size_t plaintext_count, uint8_t *output, size_t *count) {
  CPKCS11Mechanism cipher;
  set_up_gcm(&cipher, number, nonce, nonce_count, data, data_count);
  CK_ULONG written = *count;
  CK_RV result = CPKCS11_CALL(module, C_EncryptInit, session, &cipher.mechanism, key);
  if (result == CKR_OK) {
    result = CPKCS11_CALL(module, C_Encrypt, session, bytes_of(plaintext, plaintext_count), plaintext_count, output,
                          &written);
  }
  *count = result == CKR_OK ? written : 0;
  return result;
}

CPKCS11Result CPKCS11_open(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number number, CPKCS11Number key,
                           const uint8_t *nonce, size_t nonce_count, const uint8_t *data, size_t data_count,
                           const uint8_t *sealed, size_t sealed_count, void *output, size_t *count) {
  CPKCS11Mechanism cipher;
  set_up_gcm(&cipher, number, nonce, nonce_count, data, data_count);
  CK_ULONG written = *count;
  CK_RV result = CPKCS11_CALL(module, C_DecryptInit, session, &cipher.mechanism, key);
  if (result == CKR_OK) {
    result = CPKCS11_CALL(module, C_Decrypt, session, bytes_of(sealed, sealed_count), sealed_count, output, &written);
  }
  *count = result == CKR_OK ? written : 0;
  return result;
}

CPKCS11Result CPKCS11_sign(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number number,
                           CPKCS11Parameters parameters, CPKCS11Number key, const uint8_t *message,
                           size_t message_count, uint8_t *signature, size_t *count) {
  CPKCS11Mechanism signer;
  CPKCS11_set_up(&signer, number, parameters);
  CK_ULONG written = *count;
  CK_RV result = CPKCS11_CALL(module, C_SignInit, session, &signer.mechanism, key);
  if (result == CKR_OK) {
    result = CPKCS11_CALL(module, C_Sign, session, (unsigned char *)message, message_count, signature, &written);
  }
  *count = result == CKR_OK ? written : 0;
  return result;
}

CPKCS11Result CPKCS11_decrypt(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number number,
                              CPKCS11Parameters parameters, CPKCS11Number key, const uint8_t *ciphertext,
                              size_t ciphertext_count, void *plaintext, size_t *count) {
  CPKCS11Mechanism cipher;
  CPKCS11_set_up(&cipher, number, parameters);
  CK_ULONG written = *count;
  CK_RV result = CPKCS11_CALL(module, C_DecryptInit, session, &cipher.mechanism, key);
  if (result == CKR_OK) {
    result = CPKCS11_CALL(module, C_Decrypt, session, (unsigned char *)ciphertext, ciphertext_count, plaintext,
                          &written);
  }
  *count = result == CKR_OK ? written : 0;
  return result;
}

CPKCS11Result CPKCS11_agree(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number key, const uint8_t *point,
                            size_t point_count, void *secret, size_t secret_count) {
  CK_ECDH1_DERIVE_PARAMS parameters = {CKD_NULL, 0, NULL, point_count, (unsigned char *)point};
  CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &parameters, sizeof parameters};
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE key_type = CKK_GENERIC_SECRET;
  CK_ULONG length = secret_count;
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  // An object of the session, read at once and destroyed.
  CK_ATTRIBUTE wanted[] = {
      {CKA_CLASS, &object_class, sizeof object_class}, {CKA_KEY_TYPE, &key_type, sizeof key_type},
      {CKA_VALUE_LEN, &length, sizeof length},         {CKA_TOKEN, &no, sizeof no},
      {CKA_SENSITIVE, &no, sizeof no},                 {CKA_EXTRACTABLE, &yes, sizeof yes},
  };
  CK_OBJECT_HANDLE derived = CK_INVALID_HANDLE;
  CK_RV result = CPKCS11_CALL(module, C_DeriveKey, session, &mechanism, key, wanted, sizeof wanted / sizeof *wanted,
                              &derived);
  if (result != CKR_OK) return result;
  CK_ATTRIBUTE value = {CKA_VALUE, secret, secret_count};
  result = CPKCS11_CALL(module, C_GetAttributeValue, session, derived, &value, 1);
  if (result == CKR_OK && value.ulValueLen != secret_count) result = CKR_GENERAL_ERROR;
  const CK_RV end = CPKCS11_CALL(module, C_DestroyObject, session, derived);
  return result == CKR_OK ? end : result;
}
