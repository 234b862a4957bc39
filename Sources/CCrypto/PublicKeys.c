// SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) in DER. Reading goes through ASN.1 templates and not through libcrypto's
// decoders, which try every format they know and take fifty times as long.
#include "Keys.h"

#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

typedef struct {
  X509_ALGOR *algorithm;
  ASN1_BIT_STRING *bits;
} PublicKeyInfo;

ASN1_SEQUENCE(PublicKeyInfo) = {
  ASN1_SIMPLE(PublicKeyInfo, algorithm, X509_ALGOR),
  ASN1_SIMPLE(PublicKeyInfo, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(PublicKeyInfo)

/// RSAPublicKey (RFC 8017, A.1.1).
typedef struct {
  BIGNUM *modulus;
  BIGNUM *exponent;
} RSANumbers;

ASN1_SEQUENCE(RSANumbers) = {
  ASN1_SIMPLE(RSANumbers, modulus, BIGNUM),
  ASN1_SIMPLE(RSANumbers, exponent, BIGNUM),
} static_ASN1_SEQUENCE_END(RSANumbers)

/// Takes `bits`, which OPENSSL_malloc made.
static int write_info(int algorithm, int parameter_type, void *parameter, uint8_t *bits, int bits_count, uint8_t *der,
                      size_t *count) {
  X509_PUBKEY *info = X509_PUBKEY_new();
  uint8_t *written = NULL;
  if (info == NULL ||
      X509_PUBKEY_set0_param(info, OBJ_nid2obj(algorithm), parameter_type, parameter, bits, bits_count) != 1) {
    OPENSSL_free(bits);
    X509_PUBKEY_free(info);
    return 0;
  }
  int length = i2d_X509_PUBKEY(info, &written);
  int result = length > 0 && (size_t)length <= *count;
  if (result) {
    memcpy(der, written, (size_t)length);
    *count = (size_t)length;
  }
  OPENSSL_free(written);
  X509_PUBKEY_free(info);
  return result;
}

int CCrypto_write_point(const CCryptoCurve *curve, const uint8_t point[65], uint8_t *der, size_t *count) {
  uint8_t *bits = OPENSSL_memdup(point, CCrypto_point_count);
  return bits != NULL && write_info(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, OBJ_nid2obj(curve->nid), bits,
                                    CCrypto_point_count, der, count);
}

int CCrypto_point_der(CCryptoKeyType type, const uint8_t point[65], uint8_t *der, size_t *count) {
  const CCryptoCurve *curve = CCrypto_curve(type);
  return curve != NULL && CCrypto_write_point(curve, point, der, count);
}

int CCrypto_write_rsa(const EVP_PKEY *key, uint8_t *der, size_t *count) {
  RSANumbers numbers = {NULL, NULL};
  uint8_t *bits = NULL;
  int length = -1;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &numbers.modulus) == 1 &&
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &numbers.exponent) == 1) {
    length = ASN1_item_i2d((const ASN1_VALUE *)&numbers, &bits, ASN1_ITEM_rptr(RSANumbers));
  }
  BN_free(numbers.exponent);
  BN_free(numbers.modulus);
  return length > 0 && write_info(NID_rsaEncryption, V_ASN1_NULL, NULL, bits, length, der, count);
}

/// The key's bytes, if the info names this algorithm and, for a curve, the curve by its name.
static ASN1_BIT_STRING *bits_of(const PublicKeyInfo *info, const CCryptoCurve *curve) {
  const ASN1_OBJECT *algorithm = NULL;
  const void *parameter = NULL;
  int parameter_type = 0;
  X509_ALGOR_get0(&algorithm, &parameter_type, &parameter, info->algorithm);
  if (curve == NULL) {
    return OBJ_obj2nid(algorithm) == NID_rsaEncryption && parameter_type == V_ASN1_NULL ? info->bits : NULL;
  }
  int is_curve = OBJ_obj2nid(algorithm) == NID_X9_62_id_ecPublicKey && parameter_type == V_ASN1_OBJECT &&
                 OBJ_obj2nid(parameter) == curve->nid;
  return is_curve ? info->bits : NULL;
}

/// The exponents that FIPS 186-5, 5.4 allows: odd, past 2^16 and below 2^256.
static int is_usable(const RSANumbers *numbers, int bits) {
  return BN_num_bits(numbers->modulus) == bits && BN_is_odd(numbers->modulus) && BN_is_odd(numbers->exponent) &&
         BN_num_bits(numbers->exponent) > 16 && BN_num_bits(numbers->exponent) <= 256;
}

static EVP_PKEY *rsa_public_key(const uint8_t *bytes, int count, int bits) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  RSANumbers *numbers = (RSANumbers *)ASN1_item_d2i(NULL, &bytes, count, ASN1_ITEM_rptr(RSANumbers));
  if (builder != NULL && numbers != NULL && is_usable(numbers, bits) &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, numbers->modulus) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, numbers->exponent) == 1) {
    key = CCrypto_import("RSA", EVP_PKEY_PUBLIC_KEY, builder);
  }
  ASN1_item_free((ASN1_VALUE *)numbers, ASN1_ITEM_rptr(RSANumbers));
  OSSL_PARAM_BLD_free(builder);
  return key;
}

int CCrypto_public_key(CCryptoKeyType type, const uint8_t *der, size_t count, CCryptoKey **key, uint8_t point[65]) {
  const CCryptoCurve *curve = CCrypto_curve(type);
  const uint8_t *rest = der;
  uint8_t canonical[CCrypto_public_key_limit];
  size_t canonical_count = sizeof canonical;
  *key = NULL;
  if (count > sizeof canonical) return 0;
  PublicKeyInfo *info = (PublicKeyInfo *)ASN1_item_d2i(NULL, &rest, (long)count, ASN1_ITEM_rptr(PublicKeyInfo));
  const ASN1_BIT_STRING *bits = info == NULL ? NULL : bits_of(info, curve);
  const uint8_t *bytes = bits == NULL ? NULL : ASN1_STRING_get0_data(bits);
  int length = bits == NULL ? 0 : ASN1_STRING_length(bits), result = 0;
  if (bytes != NULL && curve == NULL) {
    *key = rsa_public_key(bytes, length, CCrypto_modulus_bits(type));
    result = *key != NULL && CCrypto_write_rsa(*key, canonical, &canonical_count);
  } else if (bytes != NULL && length == CCrypto_point_count && bytes[0] == POINT_CONVERSION_UNCOMPRESSED) {
    memcpy(point, bytes, CCrypto_point_count);
    if (type != CCRYPTO_SECP256K1) *key = CCrypto_import_point(curve, point, NULL);
    result = (type == CCRYPTO_SECP256K1 ? CCrypto_secp256k1_is_point(point) : *key != NULL) &&
             CCrypto_write_point(curve, point, canonical, &canonical_count);
  }
  ASN1_item_free((ASN1_VALUE *)info, ASN1_ITEM_rptr(PublicKeyInfo));
  // One key, one text: whatever would be written in another way is refused, bytes behind the end among it.
  if (result && canonical_count == count && memcmp(canonical, der, count) == 0) return 1;
  EVP_PKEY_free(*key);
  *key = NULL;
  return 0;
}

int CCrypto_public_key_pem(const uint8_t *der, size_t der_count, uint8_t *pem, size_t *count) {
  BIO *sink = der_count > CCrypto_public_key_limit ? NULL : BIO_new(BIO_s_mem());
  char *text = NULL;
  int result = 0;
  if (sink != NULL && PEM_write_bio(sink, PEM_STRING_PUBLIC, "", der, (long)der_count) > 0) {
    long length = BIO_get_mem_data(sink, &text);
    result = length > 0 && (size_t)length <= *count;
    if (result) {
      memcpy(pem, text, (size_t)length);
      *count = (size_t)length;
    }
  }
  BIO_free(sink);
  return result;
}
