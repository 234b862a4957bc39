#include "Keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/obj_mac.h>

static const CCryptoCurve p256 = {"EC", "P-256", NID_X9_62_prime256v1};
static const CCryptoCurve secp256k1 = {"EC", "secp256k1", NID_secp256k1};
static const CCryptoCurve sm2 = {"SM2", "SM2", NID_sm2};

const CCryptoCurve *CCrypto_curve(CCryptoKeyType type) {
  switch (type) {
  case CCRYPTO_P256: return &p256;
  case CCRYPTO_SECP256K1: return &secp256k1;
  case CCRYPTO_SM2: return &sm2;
  default: return NULL;
  }
}

int CCrypto_modulus_bits(CCryptoKeyType type) {
  switch (type) {
  case CCRYPTO_RSA_2048: return 2048;
  case CCRYPTO_RSA_3072: return 3072;
  default: return 0;
  }
}

void CCrypto_key_free(CCryptoKey *key) { EVP_PKEY_free(key); }

EVP_PKEY *CCrypto_import(const char *algorithm, int selection, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
  // Numbers that were pushed with BN_FLG_SECURE are wiped with the parameters.
  OSSL_PARAM *parameters = context == NULL ? NULL : OSSL_PARAM_BLD_to_param(builder);
  if (parameters == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) {
    key = NULL;
  }
  OSSL_PARAM_free(parameters);
  EVP_PKEY_CTX_free(context);
  return key;
}

EVP_PKEY *CCrypto_import_point(const CCryptoCurve *curve, const uint8_t point[65], const uint8_t *number_bytes) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *number = number_bytes == NULL ? NULL : BN_secure_new();
  int is_built = builder != NULL &&
                 OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) == 1 &&
                 OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, CCrypto_point_count) == 1;
  if (is_built && number_bytes != NULL) {
    is_built = number != NULL && BN_bin2bn(number_bytes, CCrypto_number_count, number) != NULL &&
               OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1;
  }
  int selection = number_bytes == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (is_built) key = CCrypto_import(curve->algorithm, selection, builder);
  BN_clear_free(number);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

// In the order in which they are stored: as long as the modulus, then five of half its length.
static const char *const rsa_names[] = {
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};
enum { rsa_name_count = 6, first_prime = 1, second_prime = 2 };

static int rsa_number_count(int bits, int index) { return index == 0 ? bits / 8 : bits / 16; }

static size_t numbers_count(CCryptoKeyType type) {
  int bits = CCrypto_modulus_bits(type);
  return bits == 0 ? CCrypto_number_count : (size_t)(bits / 8 + (rsa_name_count - 1) * (bits / 16));
}

/// Whether the two primes are those of the modulus: numbers and a public key of different keys do not mix.
static int is_product(const BIGNUM *modulus, const BIGNUM *first, const BIGNUM *second) {
  BN_CTX *context = BN_CTX_secure_new();
  BIGNUM *product = BN_secure_new();
  int result = context != NULL && product != NULL && BN_mul(product, first, second, context) == 1 &&
               BN_cmp(product, modulus) == 0;
  BN_clear_free(product);
  BN_CTX_free(context);
  return result;
}

static EVP_PKEY *rsa_private_key(int bits, const uint8_t *numbers, const EVP_PKEY *public_key) {
  EVP_PKEY *key = NULL;
  BIGNUM *modulus = NULL, *exponent = NULL, *secrets[rsa_name_count] = {NULL};
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  int is_built = builder != NULL && EVP_PKEY_get_bn_param(public_key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
                 EVP_PKEY_get_bn_param(public_key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1;
  for (int index = 0; is_built && index < rsa_name_count; index++) {
    int count = rsa_number_count(bits, index);
    secrets[index] = BN_secure_new();
    is_built = secrets[index] != NULL && BN_bin2bn(numbers, count, secrets[index]) != NULL &&
               OSSL_PARAM_BLD_push_BN(builder, rsa_names[index], secrets[index]) == 1;
    numbers += count;
  }
  if (is_built && is_product(modulus, secrets[first_prime], secrets[second_prime])) {
    key = CCrypto_import("RSA", EVP_PKEY_KEYPAIR, builder);
  }
  for (int index = 0; index < rsa_name_count; index++) BN_clear_free(secrets[index]);
  BN_free(exponent);
  BN_free(modulus);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

/// Whether the number is one that a private key of this curve may be (FIPS 186-5, B.4; GB/T 32918.1, 6.1).
static int is_in_range(EVP_PKEY *key) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int result = context != NULL && EVP_PKEY_private_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  return result;
}

CCryptoKey *CCrypto_private_key(CCryptoKeyType type, const uint8_t *numbers, size_t count, const CCryptoKey *public_key,
                                const uint8_t point[65]) {
  if (count != numbers_count(type) || type == CCRYPTO_SECP256K1) return NULL;
  const CCryptoCurve *curve = CCrypto_curve(type);
  if (curve == NULL) return rsa_private_key(CCrypto_modulus_bits(type), numbers, public_key);
  EVP_PKEY *key = CCrypto_import_point(curve, point, numbers);
  if (key == NULL || is_in_range(key)) return key;
  EVP_PKEY_free(key);
  return NULL;
}

static int write_number(const EVP_PKEY *key, const char *name, uint8_t *output, int count) {
  BIGNUM *number = NULL;
  int result = EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_bn2binpad(number, output, count) == count;
  BN_clear_free(number);
  return result;
}

int CCrypto_private_numbers(CCryptoKeyType type, const CCryptoKey *key, uint8_t *numbers, size_t count) {
  int bits = CCrypto_modulus_bits(type);
  if (count != numbers_count(type)) return 0;
  if (bits == 0) return write_number(key, OSSL_PKEY_PARAM_PRIV_KEY, numbers, CCrypto_number_count);
  for (int index = 0; index < rsa_name_count; index++) {
    if (!write_number(key, rsa_names[index], numbers, rsa_number_count(bits, index))) return 0;
    numbers += rsa_number_count(bits, index);
  }
  return 1;
}

int CCrypto_generate(CCryptoKeyType type, uint8_t *numbers, size_t count, uint8_t *der, size_t *der_count) {
  const CCryptoCurve *curve = CCrypto_curve(type);
  uint8_t point[CCrypto_point_count];
  size_t written = 0;
  if (count != numbers_count(type)) return 0;
  if (type == CCRYPTO_SECP256K1) {
    return CCrypto_secp256k1_generate(numbers, point) && CCrypto_write_point(curve, point, der, der_count);
  }
  EVP_PKEY *key = curve == NULL ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)CCrypto_modulus_bits(type))
                  : type == CCRYPTO_SM2 ? EVP_PKEY_Q_keygen(NULL, NULL, "SM2")
                                        : EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve->group);
  int result = key != NULL && CCrypto_private_numbers(type, key, numbers, count);
  if (result && curve == NULL) {
    result = CCrypto_write_rsa(key, der, der_count);
  } else if (result) {
    result = EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &written) == 1 &&
             written == sizeof point && CCrypto_write_point(curve, point, der, der_count);
  }
  EVP_PKEY_free(key);
  return result;
}
