#include "Keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <secp256k1.h>

static secp256k1_context *shared;

/// Blinds the multiplications of this process (secp256k1_context_randomize), which only then never change the context.
static void create(void) {
  uint8_t seed[32];
  secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
  if (RAND_priv_bytes(seed, sizeof seed) == 1 && secp256k1_context_randomize(context, seed) == 1) {
    shared = context;
  } else {
    secp256k1_context_destroy(context);
  }
  OPENSSL_cleanse(seed, sizeof seed);
}

static const secp256k1_context *context(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, create) == 0 ? shared : NULL;
}

static int write_point(const uint8_t number[32], uint8_t point[65]) {
  secp256k1_pubkey key;
  size_t count = CCrypto_point_count;
  return secp256k1_ec_pubkey_create(context(), &key, number) == 1 &&
         secp256k1_ec_pubkey_serialize(context(), point, &count, &key, SECP256K1_EC_UNCOMPRESSED) == 1 &&
         count == CCrypto_point_count;
}

int CCrypto_secp256k1_generate(uint8_t number[32], uint8_t point[65]) {
  if (context() == NULL) return 0;
  // Of all numbers of 32 bytes, one in 2^127 is none for this curve.
  do {
    if (RAND_priv_bytes(number, CCrypto_number_count) != 1) return 0;
  } while (secp256k1_ec_seckey_verify(context(), number) != 1);
  return write_point(number, point);
}

int CCrypto_secp256k1_is_number(const uint8_t number[32]) {
  return context() != NULL && secp256k1_ec_seckey_verify(context(), number) == 1;
}

int CCrypto_secp256k1_is_point(const uint8_t point[65]) {
  secp256k1_pubkey key;
  return context() != NULL && secp256k1_ec_pubkey_parse(context(), &key, point, CCrypto_point_count) == 1;
}

int CCrypto_secp256k1_sign(const uint8_t number[32], const uint8_t digest[32], uint8_t *signature, size_t *count) {
  secp256k1_ecdsa_signature numbers;
  // Fresh bytes beside the key and the digest (RFC 6979, 3.6): a fault in one of two signatures tells nothing.
  uint8_t extra[32];
  int result = context() != NULL && RAND_priv_bytes(extra, sizeof extra) == 1 &&
               secp256k1_ecdsa_sign(context(), &numbers, digest, number, NULL, extra) == 1 &&
               secp256k1_ecdsa_signature_serialize_der(context(), signature, count, &numbers) == 1;
  OPENSSL_cleanse(extra, sizeof extra);
  return result;
}

int CCrypto_secp256k1_verify(const uint8_t point[65], const uint8_t digest[32], const uint8_t *signature,
                             size_t count) {
  secp256k1_pubkey key;
  secp256k1_ecdsa_signature numbers;
  if (context() == NULL || secp256k1_ec_pubkey_parse(context(), &key, point, CCrypto_point_count) != 1 ||
      secp256k1_ecdsa_signature_parse_der(context(), &numbers, signature, count) != 1) {
    return 0;
  }
  // The library takes the lower of s and n - s only; ECDSA (FIPS 186-5, 6.4.2) takes both.
  (void)secp256k1_ecdsa_signature_normalize(context(), &numbers, &numbers);
  return secp256k1_ecdsa_verify(context(), &numbers, digest, &key) == 1;
}
