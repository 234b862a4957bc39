// The thinnest glue over a PKCS#11 module (OASIS PKCS #11 2.40), loaded at run time by its path. It puts templates and
// mechanism parameters together, which Swift cannot do as plainly, and decides nothing.
//
// Every function but those that say otherwise returns the module's CK_RV: 0 for success. Numbers of mechanisms, key
// types, flags and attributes are the standard's. Lengths are in bytes. A count that is passed by address says how
// much its buffer holds and then how much was written.
#ifndef KEYHOLD_CPKCS11_H
#define KEYHOLD_CPKCS11_H

#include <stddef.h>
#include <stdint.h>

typedef struct CPKCS11Module CPKCS11Module;
typedef unsigned long CPKCS11Result;
typedef unsigned long CPKCS11Number;

// Module.c
/// Loads and initialises a module; NULL where that fails, with the reason in `message` where the system has one, else
/// in `result`. One that this process has initialised already is taken as it is. Is never unloaded: others may use it.
CPKCS11Module *CPKCS11_load(const char *path, CPKCS11Result *result, char *message, size_t message_count);
/// Frees what `load` made; the module stays loaded.
void CPKCS11_release(CPKCS11Module *module);
/// Whether the module refused to lock for itself, so that one lock lies around every call.
int CPKCS11_is_serialised(const CPKCS11Module *module);

typedef struct {
  char manufacturer[33], description[33];
  uint8_t major, minor, library_major, library_minor;
} CPKCS11ModuleInfo;
CPKCS11Result CPKCS11_module_info(CPKCS11Module *module, CPKCS11ModuleInfo *info);

/// Slots with a token in them, as many as `slots` holds.
CPKCS11Result CPKCS11_slots(CPKCS11Module *module, CPKCS11Number *slots, size_t *count);

typedef struct {
  char label[33], manufacturer[33], model[17], serial[17];
  CPKCS11Number flags;
  /// The most sessions that this application may have; 0 for no limit that is known.
  CPKCS11Number session_limit;
} CPKCS11TokenInfo;
CPKCS11Result CPKCS11_token_info(CPKCS11Module *module, CPKCS11Number slot, CPKCS11TokenInfo *info);

typedef struct {
  CPKCS11Number flags, smallest_key, largest_key;
} CPKCS11MechanismInfo;
CPKCS11Result CPKCS11_mechanism_info(CPKCS11Module *module, CPKCS11Number slot, CPKCS11Number mechanism,
                                     CPKCS11MechanismInfo *info);

// Sessions.c
CPKCS11Result CPKCS11_open_session(CPKCS11Module *module, CPKCS11Number slot, int is_writing, CPKCS11Number *session);
CPKCS11Result CPKCS11_close_session(CPKCS11Module *module, CPKCS11Number session);
/// Whether the session is one, and its user has logged in.
CPKCS11Result CPKCS11_session_is_open(CPKCS11Module *module, CPKCS11Number session, int *is_logged_in);
CPKCS11Result CPKCS11_login(CPKCS11Module *module, CPKCS11Number session, const void *pin, size_t pin_count);

// Objects.c
enum {
  CPKCS11_ENCRYPT = 1,
  CPKCS11_DECRYPT = 2,
  CPKCS11_SIGN = 4,
  CPKCS11_WRAP = 8,
  CPKCS11_UNWRAP = 16,
  CPKCS11_DERIVE = 32,
};

/// What a secret or private key is to be. All are sensitive and private.
typedef struct {
  CPKCS11Number key_type;
  /// Any of the uses above; every other use is forbidden.
  unsigned uses;
  /// Outlives its session, and may then not be changed.
  int is_token;
  /// May not be copied either: CKA_COPYABLE, which came with 2.40.
  int forbids_copies;
  int is_extractable;
  /// What it unwraps becomes sensitive and not extractable, whatever the template of the unwrapping says.
  int unwraps_unextractable;
  const uint8_t *id;
  size_t id_count;
  const char *label;
} CPKCS11Template;

/// What a mechanism takes besides the key.
typedef enum {
  CPKCS11_NO_PARAMETERS,
  CPKCS11_PSS_SHA256,
  CPKCS11_OAEP_SHA1,
  CPKCS11_OAEP_SHA256,
} CPKCS11Parameters;

CPKCS11Result CPKCS11_generate_key(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                                   const CPKCS11Template *wanted, size_t key_byte_count, CPKCS11Number *key);
/// Makes an RSA pair with the exponent 65537; of a curve where `curve` is not NULL: the DER of its parameters.
CPKCS11Result CPKCS11_generate_pair(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                                    const CPKCS11Template *wanted, size_t modulus_bits, const uint8_t *curve,
                                    size_t curve_count, CPKCS11Number *public_key, CPKCS11Number *private_key);
CPKCS11Result CPKCS11_attribute(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number object,
                                CPKCS11Number attribute, void *value, size_t *count);
/// The private keys of the token where `is_private` is set, else the secret keys, that have this CKA_ID: as many as
/// `keys` holds.
CPKCS11Result CPKCS11_find_keys(CPKCS11Module *module, CPKCS11Number session, int is_private, const uint8_t *id,
                                size_t id_count, CPKCS11Number *keys, size_t *count);
CPKCS11Result CPKCS11_destroy(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number object);
CPKCS11Result CPKCS11_wrap(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                           CPKCS11Number wrapping_key, CPKCS11Number key, uint8_t *wrapped, size_t *count);
/// Unwraps a private key where `is_private` is set, else a secret key.
CPKCS11Result CPKCS11_unwrap(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                             CPKCS11Parameters parameters, CPKCS11Number unwrapping_key, const uint8_t *wrapped,
                             size_t wrapped_count, int is_private, const CPKCS11Template *wanted, CPKCS11Number *key);

// Use.c
/// Encrypts with a mechanism that takes the parameters of GCM, tag of 16 bytes: ciphertext, then tag.
CPKCS11Result CPKCS11_seal(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism, CPKCS11Number key,
                           const uint8_t *nonce, size_t nonce_count, const uint8_t *data, size_t data_count,
                           const void *plaintext, size_t plaintext_count, uint8_t *output, size_t *count);
CPKCS11Result CPKCS11_open(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism, CPKCS11Number key,
                           const uint8_t *nonce, size_t nonce_count, const uint8_t *data, size_t data_count,
                           const uint8_t *sealed, size_t sealed_count, void *output, size_t *count);
CPKCS11Result CPKCS11_sign(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                           CPKCS11Parameters parameters, CPKCS11Number key, const uint8_t *message,
                           size_t message_count, uint8_t *signature, size_t *count);
/// ECDH with a private key of the token (CKM_ECDH1_DERIVE without a function to derive further): the x coordinate of the
/// shared point, `secret_count` bytes. `point` is the other's public key, uncompressed.
CPKCS11Result CPKCS11_agree(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number key, const uint8_t *point,
                            size_t point_count, void *secret, size_t secret_count);
CPKCS11Result CPKCS11_decrypt(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                              CPKCS11Parameters parameters, CPKCS11Number key, const uint8_t *ciphertext,
                              size_t ciphertext_count, void *plaintext, size_t *count);

#endif
