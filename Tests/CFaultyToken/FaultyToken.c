#include "CFaultyToken.h"

#include <dlfcn.h>
#include <limits.h>
#include <p11-kit-1/p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { hidden_limit = 8 };

static CK_FUNCTION_LIST *soft;
static CK_FUNCTION_LIST functions;
static atomic_ulong values[FAULTY_VALUE_COUNT];
static atomic_ulong hidden[hidden_limit];
static atomic_int hidden_count, calls;
static atomic_ulong own_slot = ULONG_MAX;
/// SoftHSM2 does not bear that sessions end while others work in them.
static pthread_rwlock_t ending = PTHREAD_RWLOCK_INITIALIZER;

void FaultyToken_set(FaultyTokenValue which, unsigned long value) {
  if (which == FAULTY_HIDE_MECHANISM) {
    int index = atomic_fetch_add(&hidden_count, 1);
    if (index < hidden_limit) atomic_store(&hidden[index], value);
    return;
  }
  if (which == FAULTY_END_SESSIONS || (which == FAULTY_REMOVED && value != 0)) {
    pthread_rwlock_wrlock(&ending);
    atomic_store(&values[FAULTY_SESSIONS], 0);
    soft->C_CloseAllSessions(atomic_load(&own_slot));
    pthread_rwlock_unlock(&ending);
  }
  atomic_store(&values[which], value);
}

unsigned long FaultyToken_get(FaultyTokenValue which) { return atomic_load(&values[which]); }

static int is_hidden(CK_MECHANISM_TYPE mechanism) {
  for (int index = 0; index < atomic_load(&hidden_count) && index < hidden_limit; index++) {
    if (atomic_load(&hidden[index]) == mechanism) return 1;
  }
  return 0;
}

static void enter(void) {
  pthread_rwlock_rdlock(&ending);
  unsigned long now = (unsigned long)atomic_fetch_add(&calls, 1) + 1;
  unsigned long most = atomic_load(&values[FAULTY_MOST_CALLS]);
  while (now > most && !atomic_compare_exchange_weak(&values[FAULTY_MOST_CALLS], &most, now)) {}
}

static CK_RV leave(CK_RV result) {
  atomic_fetch_sub(&calls, 1);
  pthread_rwlock_unlock(&ending);
  return result;
}

/// Every call but those about slots goes through here.
#define PASS(function, ...)                                                                                            \
  (atomic_load(&values[FAULTY_REMOVED]) ? CKR_DEVICE_REMOVED : (enter(), leave(soft->function(__VA_ARGS__))))

/// The fault that is due, or CKR_OK.
static CK_RV fault(void) {
  unsigned long left = atomic_load(&values[FAULTY_ANSWER_COUNT]);
  while (left > 0) {
    if (atomic_compare_exchange_weak(&values[FAULTY_ANSWER_COUNT], &left, left - 1)) {
      return atomic_load(&values[FAULTY_ANSWER]);
    }
  }
  return CKR_OK;
}

/// The mechanism as SoftHSM2 has it.
static CK_MECHANISM real(const CK_MECHANISM *mechanism) {
  CK_MECHANISM copy = *mechanism;
  if (copy.mechanism == FAULTY_SM4_KEY_GEN) copy.mechanism = CKM_AES_KEY_GEN;
  if (copy.mechanism == FAULTY_SM4_GCM) copy.mechanism = CKM_AES_GCM;
  return copy;
}

enum { attribute_limit = 32 };

/// The template as SoftHSM2 has it: SM4 keys are AES keys of 16 bytes.
static CK_ULONG translate(const CK_ATTRIBUTE *given, CK_ULONG count, int is_sm4_key, CK_ATTRIBUTE *copy) {
  static CK_KEY_TYPE aes = CKK_AES;
  static CK_ULONG length = 16;
  CK_ULONG written = 0;
  for (CK_ULONG index = 0; index < count && index < attribute_limit - 1; index++) {
    copy[written] = given[index];
    if (given[index].type == CKA_KEY_TYPE && *(CK_KEY_TYPE *)given[index].pValue == FAULTY_SM4_KEY) {
      copy[written].pValue = &aes;
    }
    written++;
  }
  if (is_sm4_key) copy[written++] = (CK_ATTRIBUTE){CKA_VALUE_LEN, &length, sizeof length};
  return written;
}

static CK_RV initialize(void *arguments) {
  if (atomic_load(&values[FAULTY_CANNOT_LOCK]) && arguments != NULL) return CKR_CANT_LOCK;
  CK_C_INITIALIZE_ARGS locking;
  memset(&locking, 0, sizeof locking);
  locking.flags = CKF_OS_LOCKING_OK;
  return soft->C_Initialize(&locking);
}

static CK_RV get_slot_list(unsigned char present, CK_SLOT_ID *list, CK_ULONG *count) {
  if (atomic_load(&values[FAULTY_REMOVED])) {
    *count = 0;
    return CKR_OK;
  }
  // Other tests' tokens come and go: only this copy's own is shown, once it has one.
  CK_SLOT_ID own = atomic_load(&own_slot);
  if (own == ULONG_MAX) return soft->C_GetSlotList(present, list, count);
  if (list != NULL) {
    if (*count < 1) return CKR_BUFFER_TOO_SMALL;
    list[0] = own;
  }
  *count = 1;
  return CKR_OK;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
  if (atomic_load(&values[FAULTY_REMOVED])) return CKR_TOKEN_NOT_PRESENT;
  CK_RV result = soft->C_GetTokenInfo(slot, info);
  info->flags |= atomic_load(&values[FAULTY_TOKEN_FLAGS]);
  return result;
}

static CK_RV get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info) {
  if (is_hidden(type)) return CKR_MECHANISM_INVALID;
  CK_MECHANISM asked = {type, NULL, 0};
  return PASS(C_GetMechanismInfo, slot, real(&asked).mechanism, info);
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session) {
  if (atomic_load(&values[FAULTY_REMOVED])) return CKR_TOKEN_NOT_PRESENT;
  unsigned long limit = atomic_load(&values[FAULTY_SESSION_LIMIT]);
  unsigned long open = atomic_fetch_add(&values[FAULTY_SESSIONS], 1) + 1;
  CK_RV result = limit > 0 && open > limit ? CKR_SESSION_COUNT
                                           : PASS(C_OpenSession, slot, flags, application, notify, session);
  if (result != CKR_OK) atomic_fetch_sub(&values[FAULTY_SESSIONS], 1);
  return result;
}

static CK_RV close_session(CK_SESSION_HANDLE session) {
  CK_RV result = PASS(C_CloseSession, session);
  if (result == CKR_OK) atomic_fetch_sub(&values[FAULTY_SESSIONS], 1);
  return result;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG count) {
  atomic_fetch_add(&values[FAULTY_LOGINS], 1);
  return PASS(C_Login, session, user, pin, count);
}

static CK_RV made(CK_RV result, int count) {
  if (result == CKR_OK) atomic_fetch_add(&values[FAULTY_OBJECTS], count);
  return result;
}

static CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *list, CK_ULONG count,
                          CK_OBJECT_HANDLE *key) {
  if (is_hidden(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
  for (CK_ULONG index = 0; index < count; index++) {
    if ((list[index].type == CKA_UNWRAP_TEMPLATE && atomic_load(&values[FAULTY_NO_UNWRAP_TEMPLATE])) ||
        (list[index].type == CKA_COPYABLE && atomic_load(&values[FAULTY_NO_COPYABLE]))) {
      return CKR_ATTRIBUTE_TYPE_INVALID;
    }
  }
  CK_MECHANISM copy = real(mechanism);
  CK_ATTRIBUTE translated[attribute_limit];
  CK_ULONG written = translate(list, count, mechanism->mechanism == FAULTY_SM4_KEY_GEN, translated);
  return made(PASS(C_GenerateKey, session, &copy, translated, written, key), 1);
}

static CK_RV generate_pair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_list,
                           CK_ULONG public_count, CK_ATTRIBUTE *private_list, CK_ULONG private_count,
                           CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key) {
  if (is_hidden(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
  return made(PASS(C_GenerateKeyPair, session, mechanism, public_list, public_count, private_list, private_count,
                   public_key, private_key), 2);
}

static CK_RV unwrap_key(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping,
                        unsigned char *wrapped, CK_ULONG wrapped_count, CK_ATTRIBUTE *list, CK_ULONG count,
                        CK_OBJECT_HANDLE *key) {
  CK_RV due = fault();
  if (due != CKR_OK) return due;
  CK_ATTRIBUTE translated[attribute_limit];
  CK_ULONG written = translate(list, count, 0, translated);
  return made(PASS(C_UnwrapKey, session, mechanism, unwrapping, wrapped, wrapped_count, translated, written, key), 1);
}

static CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  return made(PASS(C_DestroyObject, session, object), -1);
}

static CK_RV encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
  CK_MECHANISM copy = real(mechanism);
  return PASS(C_EncryptInit, session, &copy, key);
}

static CK_RV decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
  if (is_hidden(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
  CK_MECHANISM copy = real(mechanism);
  return PASS(C_DecryptInit, session, &copy, key);
}

/// The fault that is due takes the place of the answer, after the operation was ended as the standard wants it.
static CK_RV replace(CK_RV result) {
  CK_RV due = fault();
  return due == CKR_OK ? result : due;
}

static CK_RV encrypt(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG data_count, unsigned char *output,
                     CK_ULONG *count) {
  return replace(PASS(C_Encrypt, session, data, data_count, output, count));
}

static CK_RV decrypt(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG data_count, unsigned char *output,
                     CK_ULONG *count) {
  return replace(PASS(C_Decrypt, session, data, data_count, output, count));
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG data_count, unsigned char *output,
                  CK_ULONG *count) {
  return replace(PASS(C_Sign, session, data, data_count, output, count));
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
  if (is_hidden(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
  return PASS(C_SignInit, session, mechanism, key);
}

static CK_RV get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *list,
                                 CK_ULONG count) {
  if (list[0].type == CKA_COPYABLE && atomic_load(&values[FAULTY_NO_COPYABLE])) return CKR_ATTRIBUTE_TYPE_INVALID;
  return PASS(C_GetAttributeValue, session, object, list, count);
}

static CK_RV wrap_key(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping,
                      CK_OBJECT_HANDLE key, unsigned char *wrapped, CK_ULONG *count) {
  return PASS(C_WrapKey, session, mechanism, wrapping, key, wrapped, count);
}

static CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info) {
  return PASS(C_GetSessionInfo, session, info);
}

static void load(void) {
  static const char *const paths[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                      "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                      "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"};
  void *library = NULL;
  for (size_t index = 0; library == NULL && index < sizeof paths / sizeof *paths; index++) {
    library = dlopen(paths[index], RTLD_NOW | RTLD_LOCAL);
  }
  CK_C_GetFunctionList list = library == NULL ? NULL : (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  if (list == NULL || list(&soft) != CKR_OK) return;
  functions = *soft;
  functions.C_Initialize = initialize;
  functions.C_GetSlotList = get_slot_list;
  functions.C_GetTokenInfo = get_token_info;
  functions.C_GetMechanismInfo = get_mechanism_info;
  functions.C_OpenSession = open_session;
  functions.C_CloseSession = close_session;
  functions.C_GetSessionInfo = get_session_info;
  functions.C_Login = login;
  functions.C_GenerateKey = generate_key;
  functions.C_GenerateKeyPair = generate_pair;
  functions.C_GetAttributeValue = get_attribute_value;
  functions.C_WrapKey = wrap_key;
  functions.C_UnwrapKey = unwrap_key;
  functions.C_DestroyObject = destroy_object;
  functions.C_EncryptInit = encrypt_init;
  functions.C_Encrypt = encrypt;
  functions.C_DecryptInit = decrypt_init;
  functions.C_Decrypt = decrypt;
  functions.C_SignInit = sign_init;
  functions.C_Sign = sign;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  if (soft == NULL) return CKR_GENERAL_ERROR;
  *list = &functions;
  return CKR_OK;
}

unsigned long FaultyToken_make(const char *label, const char *officer_pin, const char *pin) {
  CK_FUNCTION_LIST *list = NULL;
  if (C_GetFunctionList(&list) != CKR_OK) return ULONG_MAX;
  CK_RV started = initialize(NULL);
  if (started != CKR_OK && started != CKR_CRYPTOKI_ALREADY_INITIALIZED) return ULONG_MAX;
  CK_SLOT_ID slots[1024];
  CK_ULONG count = 0;
  // Asked for the number alone, SoftHSM2 sees to it that there is a slot whose token is not initialised.
  if (soft->C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK) return ULONG_MAX;
  count = sizeof slots / sizeof *slots;
  if (soft->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK || count == 0) return ULONG_MAX;
  CK_SLOT_ID slot = ULONG_MAX;
  for (CK_ULONG index = 0; slot == ULONG_MAX && index < count; index++) {
    CK_TOKEN_INFO info;
    if (soft->C_GetTokenInfo(slots[index], &info) == CKR_OK && !(info.flags & CKF_TOKEN_INITIALIZED)) {
      slot = slots[index];
    }
  }
  unsigned char padded[32];
  memset(padded, ' ', sizeof padded);
  memcpy(padded, label, strlen(label) < sizeof padded ? strlen(label) : sizeof padded);
  CK_SESSION_HANDLE session;
  if (soft->C_InitToken(slot, (unsigned char *)officer_pin, strlen(officer_pin), padded) != CKR_OK ||
      soft->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) != CKR_OK) {
    return ULONG_MAX;
  }
  CK_RV result = soft->C_Login(session, CKU_SO, (unsigned char *)officer_pin, strlen(officer_pin));
  if (result == CKR_OK) result = soft->C_InitPIN(session, (unsigned char *)pin, strlen(pin));
  soft->C_Logout(session);
  soft->C_CloseSession(session);
  if (result != CKR_OK) return ULONG_MAX;
  atomic_store(&own_slot, slot);
  return slot;
}
