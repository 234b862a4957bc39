#include "Module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Asks the module to lock by the system's means; where it refuses, says so, and is called by one thread at a time.
static CK_RV initialise(CPKCS11Module *module) {
  CK_C_INITIALIZE_ARGS arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = CKF_OS_LOCKING_OK;
  CK_RV result = module->functions->C_Initialize(&arguments);
  if (result == CKR_CANT_LOCK) {
    module->is_serialised = 1;
    result = module->functions->C_Initialize(NULL);
  }
  return result == CKR_CRYPTOKI_ALREADY_INITIALIZED ? CKR_OK : result;
}

CPKCS11Module *CPKCS11_load(const char *path, CPKCS11Result *result, char *message, size_t message_count) {
  *result = CKR_OK;
  message[0] = 0;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList list = NULL;
  if (library != NULL) list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  if (list == NULL) {
    const char *reason = dlerror();
    snprintf(message, message_count, "%s", reason == NULL ? "It is no PKCS#11 module." : reason);
    if (library != NULL) dlclose(library);
    return NULL;
  }
  CPKCS11Module *module = calloc(1, sizeof *module);
  if (module == NULL || pthread_mutex_init(&module->lock, NULL) != 0) {
    free(module);
    *result = CKR_HOST_MEMORY;
    return NULL;
  }
  *result = list(&module->functions);
  if (*result == CKR_OK && (module->functions == NULL || module->functions->C_Initialize == NULL)) {
    *result = CKR_FUNCTION_NOT_SUPPORTED;
  }
  if (*result == CKR_OK) *result = initialise(module);
  if (*result == CKR_OK) return module;
  CPKCS11_release(module);
  return NULL;
}

void CPKCS11_release(CPKCS11Module *module) {
  if (module == NULL) return;
  pthread_mutex_destroy(&module->lock);
  free(module);
}

int CPKCS11_is_serialised(const CPKCS11Module *module) { return module->is_serialised; }

/// The standard pads texts with blanks and ends them with nothing.
static void copy_text(char *output, const unsigned char *text, size_t count) {
  while (count > 0 && (text[count - 1] == ' ' || text[count - 1] == 0)) count--;
  memcpy(output, text, count);
  output[count] = 0;
}

CPKCS11Result CPKCS11_module_info(CPKCS11Module *module, CPKCS11ModuleInfo *info) {
  CK_INFO found;
  memset(&found, 0, sizeof found);
  CK_RV result = CPKCS11_CALL(module, C_GetInfo, &found);
  if (result != CKR_OK) return result;
  copy_text(info->manufacturer, found.manufacturerID, sizeof found.manufacturerID);
  copy_text(info->description, found.libraryDescription, sizeof found.libraryDescription);
  info->major = found.cryptokiVersion.major;
  info->minor = found.cryptokiVersion.minor;
  info->library_major = found.libraryVersion.major;
  info->library_minor = found.libraryVersion.minor;
  return CKR_OK;
}

CPKCS11Result CPKCS11_slots(CPKCS11Module *module, CPKCS11Number *slots, size_t *count) {
  CK_ULONG found = *count;
  // Asked for the number alone, modules look again at what is plugged in.
  CK_ULONG present = 0;
  CK_RV result = CPKCS11_CALL(module, C_GetSlotList, CK_TRUE, NULL, &present);
  if (result == CKR_OK) result = CPKCS11_CALL(module, C_GetSlotList, CK_TRUE, slots, &found);
  *count = result == CKR_OK ? found : 0;
  return result;
}

CPKCS11Result CPKCS11_token_info(CPKCS11Module *module, CPKCS11Number slot, CPKCS11TokenInfo *info) {
  CK_TOKEN_INFO found;
  memset(&found, 0, sizeof found);
  CK_RV result = CPKCS11_CALL(module, C_GetTokenInfo, slot, &found);
  if (result != CKR_OK) return result;
  copy_text(info->label, found.label, sizeof found.label);
  copy_text(info->manufacturer, found.manufacturerID, sizeof found.manufacturerID);
  copy_text(info->model, found.model, sizeof found.model);
  copy_text(info->serial, found.serialNumber, sizeof found.serialNumber);
  info->flags = found.flags;
  info->session_limit = found.ulMaxSessionCount == CK_UNAVAILABLE_INFORMATION ? 0 : found.ulMaxSessionCount;
  return CKR_OK;
}

CPKCS11Result CPKCS11_mechanism_info(CPKCS11Module *module, CPKCS11Number slot, CPKCS11Number mechanism,
                                     CPKCS11MechanismInfo *info) {
  CK_MECHANISM_INFO found;
  memset(&found, 0, sizeof found);
  CK_RV result = CPKCS11_CALL(module, C_GetMechanismInfo, slot, mechanism, &found);
  info->flags = found.flags;
  info->smallest_key = found.ulMinKeySize;
  info->largest_key = found.ulMaxKeySize;
  return result;
}

void CPKCS11_set_up(CPKCS11Mechanism *mechanism, CPKCS11Number number, CPKCS11Parameters parameters) {
  memset(mechanism, 0, sizeof *mechanism);
  mechanism->mechanism.mechanism = number;
  int is_sha1 = parameters == CPKCS11_OAEP_SHA1;
  switch (parameters) {
  case CPKCS11_NO_PARAMETERS: return;
  case CPKCS11_PSS_SHA256:
    mechanism->parameters.pss.hashAlg = CKM_SHA256;
    mechanism->parameters.pss.mgf = CKG_MGF1_SHA256;
    mechanism->parameters.pss.sLen = 32;
    mechanism->mechanism.ulParameterLen = sizeof mechanism->parameters.pss;
    break;
  case CPKCS11_OAEP_SHA1:
  case CPKCS11_OAEP_SHA256:
    mechanism->parameters.oaep.hashAlg = is_sha1 ? CKM_SHA_1 : CKM_SHA256;
    mechanism->parameters.oaep.mgf = is_sha1 ? CKG_MGF1_SHA1 : CKG_MGF1_SHA256;
    mechanism->parameters.oaep.source = CKZ_DATA_SPECIFIED;
    mechanism->mechanism.ulParameterLen = sizeof mechanism->parameters.oaep;
    break;
  }
  mechanism->mechanism.pParameter = &mechanism->parameters;
}
