// What keys that live in a token leave for libcrypto to do: their public halves and signatures come as bare numbers.

// RSA_padding_check_PKCS1_OAEP_mgf1 is the one function of libcrypto that takes padding off without a key.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "Contexts.h"
#include "Keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <secp256k1.h>
#include <string.h>

int CCrypto_curve_parameters(CCryptoKeyType type, uint8_t *der, size_t *count) {
  const CCryptoCurve *curve = CCrypto_curve(type);
  uint8_t *written = NULL;
  int length = curve == NULL ? -1 : i2d_ASN1_OBJECT(OBJ_nid2obj(curve->nid), &written);
  int result = length > 0 && (size_t)length <= *count;
  if (result) {
    memcpy(der, written, (size_t)length);
    *count = (size_t)length;
  }
  OPENSSL_free(written);
  return result;
}

int CCrypto_point_key(CCryptoKeyType type, const uint8_t *bytes, size_t bytes_count, uint8_t *der, size_t *count) {
  const CCryptoCurve *curve = CCrypto_curve(type);
  if (curve == NULL || bytes_count > CCrypto_public_key_limit) return 0;
  // Some modules give the point bare, where the standard has it as an OCTET STRING.
  if (bytes_count == CCrypto_point_count && bytes[0] == POINT_CONVERSION_UNCOMPRESSED) {
    return CCrypto_write_point(curve, bytes, der, count);
  }
  const uint8_t *rest = bytes;
  ASN1_OCTET_STRING *point = d2i_ASN1_OCTET_STRING(NULL, &rest, (long)bytes_count);
  int result = point != NULL && rest == bytes + bytes_count && ASN1_STRING_length(point) == CCrypto_point_count &&
               CCrypto_write_point(curve, ASN1_STRING_get0_data(point), der, count);
  ASN1_OCTET_STRING_free(point);
  return result;
}

int CCrypto_modulus_key(const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count,
                        uint8_t *der, size_t *count) {
  if (modulus_count > CCrypto_public_key_limit || exponent_count > CCrypto_public_key_limit) return 0;
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL), *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
  if (builder != NULL && n != NULL && e != NULL &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
    key = CCrypto_import("RSA", EVP_PKEY_PUBLIC_KEY, builder);
  }
  int result = key != NULL && CCrypto_write_rsa(key, der, count);
  EVP_PKEY_free(key);
  BN_free(e);
  BN_free(n);
  OSSL_PARAM_BLD_free(builder);
  return result;
}

static int write_numbers(const uint8_t numbers[64], uint8_t *signature, size_t *count) {
  uint8_t *written = NULL;
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(numbers, 32, NULL), *s = BN_bin2bn(numbers + 32, 32, NULL);
  int length = -1;
  if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
    length = i2d_ECDSA_SIG(pair, &written);
  } else {
    BN_free(r);
    BN_free(s);
  }
  int result = length > 0 && (size_t)length <= *count;
  if (result) {
    memcpy(signature, written, (size_t)length);
    *count = (size_t)length;
  }
  OPENSSL_free(written);
  ECDSA_SIG_free(pair);
  return result;
}

int CCrypto_signature_of_numbers(CCryptoKeyType type, const uint8_t numbers[64], uint8_t *signature, size_t *count) {
  if (type != CCRYPTO_SECP256K1) return write_numbers(numbers, signature, count);
  // The lower of s and n - s, as the library's own signatures have it.
  secp256k1_ecdsa_signature pair;
  const secp256k1_context *context = secp256k1_context_static;
  if (secp256k1_ecdsa_signature_parse_compact(context, &pair, numbers) != 1) return 0;
  (void)secp256k1_ecdsa_signature_normalize(context, &pair, &pair);
  return secp256k1_ecdsa_signature_serialize_der(context, signature, count, &pair) == 1;
}

int CCrypto_oaep_unpad(CCryptoEncryption algorithm, const uint8_t *block, size_t block_count, size_t modulus_count,
                       uint8_t *plaintext, size_t *count) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL || block_count == 0 || block_count > modulus_count) return 0;
  const EVP_MD *digest = algorithm == CCRYPTO_OAEP_SHA1 ? algorithms->sha1 : algorithms->sha256;
  int length = RSA_padding_check_PKCS1_OAEP_mgf1(plaintext, (int)*count, block, (int)block_count, (int)modulus_count,
                                                 NULL, 0, digest, digest);
  *count = length < 0 ? 0 : (size_t)length;
  return length >= 0;
}
