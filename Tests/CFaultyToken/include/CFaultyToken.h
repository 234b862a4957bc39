// A PKCS#11 module for tests: SoftHSM2 with faults that a test asks for. Each copy of the library has faults of its own;
// SoftHSM2 lies under all of them, once for the process.
#ifndef KEYHOLD_CFAULTYTOKEN_H
#define KEYHOLD_CFAULTYTOKEN_H

typedef enum {
  /// Nothing is plugged in: every call answers CKR_DEVICE_REMOVED, and sessions are gone for good.
  FAULTY_REMOVED,
  /// Flags that the token info has besides its own.
  FAULTY_TOKEN_FLAGS,
  /// The most sessions, 0 for any number.
  FAULTY_SESSION_LIMIT,
  /// C_Initialize refuses to lock.
  FAULTY_CANNOT_LOCK,
  /// C_GenerateKey does not know CKA_UNWRAP_TEMPLATE.
  FAULTY_NO_UNWRAP_TEMPLATE,
  /// Nor CKA_COPYABLE, which C_GetAttributeValue does not know either.
  FAULTY_NO_COPYABLE,
  /// What C_Encrypt, C_Decrypt, C_Sign and C_UnwrapKey answer, as often as the next says.
  FAULTY_ANSWER,
  FAULTY_ANSWER_COUNT,
  /// A mechanism that the token does not have; each call hides one more, eight at most.
  FAULTY_HIDE_MECHANISM,
  /// Every session of the token ends, as when it was pulled out for a moment.
  FAULTY_END_SESSIONS,
  // What has happened.
  FAULTY_LOGINS,
  FAULTY_SESSIONS,
  /// Keys that were made and not destroyed by C_DestroyObject.
  FAULTY_OBJECTS,
  /// The most calls at once.
  FAULTY_MOST_CALLS,
  FAULTY_VALUE_COUNT,
} FaultyTokenValue;

void FaultyToken_set(FaultyTokenValue which, unsigned long value);
unsigned long FaultyToken_get(FaultyTokenValue which);
/// Makes a token of this label; gives its slot, or ULONG_MAX. Only one thread of the process at a time.
unsigned long FaultyToken_make(const char *label, const char *officer_pin, const char *pin);

/// Vendor mechanisms and a key type that stand for SM4, and are AES-128.
enum {
  FAULTY_SM4_KEY_GEN = 0x80000101,
  FAULTY_SM4_GCM = 0x80000102,
  FAULTY_SM4_KEY = 0x80000103,
};

#endif
