// What the files of this target share.
#ifndef KEYHOLD_CPKCS11_MODULE_H
#define KEYHOLD_CPKCS11_MODULE_H

#include "CPKCS11.h"

#include <p11-kit-1/p11-kit/pkcs11.h>
#include <pthread.h>

struct CPKCS11Module {
  CK_FUNCTION_LIST *functions;
  int is_serialised;
  pthread_mutex_t lock;
};

static inline void CPKCS11_enter(CPKCS11Module *module) {
  if (module->is_serialised) pthread_mutex_lock(&module->lock);
}

static inline CK_RV CPKCS11_leave(CPKCS11Module *module, CK_RV result) {
  if (module->is_serialised) pthread_mutex_unlock(&module->lock);
  return result;
}

/// Calls a function of the module: the only way in which any is called.
#define CPKCS11_CALL(module, function, ...)                                                                            \
  ((module)->functions->function == NULL                                                                               \
       ? CKR_FUNCTION_NOT_SUPPORTED                                                                                    \
       : CPKCS11_leave((module), (CPKCS11_enter(module), (module)->functions->function(__VA_ARGS__))))

/// A mechanism with the parameters it points to, which live as long as this does.
typedef struct {
  CK_MECHANISM mechanism;
  union {
    CK_RSA_PKCS_PSS_PARAMS pss;
    CK_RSA_PKCS_OAEP_PARAMS oaep;
    CK_GCM_PARAMS gcm;
  } parameters;
} CPKCS11Mechanism;

void CPKCS11_set_up(CPKCS11Mechanism *mechanism, CPKCS11Number number, CPKCS11Parameters parameters);

#endif
