// What the files about asymmetric keys share. Private to this target.
#ifndef KEYHOLD_CCRYPTO_KEYS_H
#define KEYHOLD_CCRYPTO_KEYS_H

#include "CCrypto.h"

#include <openssl/evp.h>
#include <openssl/param_build.h>

enum {
  CCrypto_number_count = 32,
  CCrypto_point_count = 65,
  CCrypto_digest_count = 32,
  /// No SubjectPublicKeyInfo of a supported key is longer.
  CCrypto_public_key_limit = 512,
};

/// A curve by its names in libcrypto: of the key type and of the group; its object identifier.
typedef struct {
  const char *algorithm;
  const char *group;
  int nid;
} CCryptoCurve;

/// The curve of a key type, or NULL for RSA.
const CCryptoCurve *CCrypto_curve(CCryptoKeyType type);
/// The bits of an RSA modulus, or 0 for curves.
int CCrypto_modulus_bits(CCryptoKeyType type);

/// A key of the parameters in `builder`, which stays the caller's; NULL where libcrypto does not take them.
EVP_PKEY *CCrypto_import(const char *algorithm, int selection, OSSL_PARAM_BLD *builder);
/// A key on a curve of libcrypto's own; `number` may be NULL. Fails for a point that is not on the curve.
EVP_PKEY *CCrypto_import_point(const CCryptoCurve *curve, const uint8_t point[65], const uint8_t *number);

/// Writes the DER SubjectPublicKeyInfo of a point, of any curve.
int CCrypto_write_point(const CCryptoCurve *curve, const uint8_t point[65], uint8_t *der, size_t *count);
/// Writes the DER SubjectPublicKeyInfo of an RSA key.
int CCrypto_write_rsa(const EVP_PKEY *key, uint8_t *der, size_t *count);

/// A public key of secp256k1, from libsecp256k1: whether the point is one.
int CCrypto_secp256k1_is_point(const uint8_t point[65]);
int CCrypto_secp256k1_generate(uint8_t number[32], uint8_t point[65]);

#endif
