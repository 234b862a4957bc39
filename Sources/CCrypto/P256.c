#include "CCrypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

enum { number_count = 32, point_count = 65 };

int CCrypto_p256_public(const uint8_t private_key[32], uint8_t public_key[65]) {
  EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  BIGNUM *number = BN_secure_new();
  EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);
  int result = 0;
  if (group != NULL && number != NULL && point != NULL && BN_bin2bn(private_key, number_count, number) != NULL) {
    BN_set_flags(number, BN_FLG_CONSTTIME);
    // Zero and numbers past the order are no private keys.
    result = !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0 &&
             EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1 &&
             EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, public_key, point_count, NULL) ==
                 point_count;
  }
  EC_POINT_free(point);
  BN_clear_free(number);
  EC_GROUP_free(group);
  return result;
}

int CCrypto_p256_generate(uint8_t private_key[32], uint8_t public_key[65]) {
  EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
  BIGNUM *number = NULL;
  int result = pair != NULL && EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
               BN_bn2binpad(number, private_key, number_count) == number_count &&
               CCrypto_p256_public(private_key, public_key);
  BN_clear_free(number);
  EVP_PKEY_free(pair);
  return result;
}

/// A key of the library's own from a point and, where there is one, its private number.
static EVP_PKEY *load(const uint8_t *private_key, const uint8_t *public_key) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *number = private_key == NULL ? NULL : BN_secure_new();
  OSSL_PARAM *parameters = NULL;
  if (context != NULL && builder != NULL &&
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, public_key, point_count) == 1 &&
      (private_key == NULL ||
       (number != NULL && BN_bin2bn(private_key, number_count, number) != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1)) &&
      (parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL && EVP_PKEY_fromdata_init(context) == 1) {
    int selection = private_key == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    if (EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) key = NULL;
  }
  OSSL_PARAM_free(parameters);
  BN_clear_free(number);
  OSSL_PARAM_BLD_free(builder);
  EVP_PKEY_CTX_free(context);
  return key;
}

int CCrypto_p256_agree(const uint8_t private_key[32], const uint8_t peer[65], uint8_t shared[32]) {
  uint8_t public_key[point_count];
  if (!CCrypto_p256_public(private_key, public_key)) return 0;
  EVP_PKEY *own = load(private_key, public_key);
  EVP_PKEY *other = load(NULL, peer);
  EVP_PKEY_CTX *context = own == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
  size_t count = number_count;
  // Setting the peer validates its point.
  int result = context != NULL && other != NULL && EVP_PKEY_derive_init(context) == 1 &&
               EVP_PKEY_derive_set_peer_ex(context, other, 1) == 1 &&
               EVP_PKEY_derive(context, shared, &count) == 1 && count == number_count;
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(other);
  EVP_PKEY_free(own);
  return result;
}
