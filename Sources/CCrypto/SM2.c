#include "Contexts.h"
#include "Keys.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

enum { curve_numbers_count = 4 * 32 };

/// a, b and the base point of the curve, each coordinate 32 bytes.
static int write_curve(uint8_t numbers[curve_numbers_count]) {
  EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
  BIGNUM *a = BN_new(), *b = BN_new(), *x = BN_new(), *y = BN_new();
  int result = group != NULL && a != NULL && b != NULL && x != NULL && y != NULL &&
               EC_GROUP_get_curve(group, NULL, a, b, NULL) == 1 &&
               EC_POINT_get_affine_coordinates(group, EC_GROUP_get0_generator(group), x, y, NULL) == 1 &&
               BN_bn2binpad(a, numbers, 32) == 32 && BN_bn2binpad(b, numbers + 32, 32) == 32 &&
               BN_bn2binpad(x, numbers + 64, 32) == 32 && BN_bn2binpad(y, numbers + 96, 32) == 32;
  BN_free(y);
  BN_free(x);
  BN_free(b);
  BN_free(a);
  EC_GROUP_free(group);
  return result;
}

int CCrypto_sm2_digest(const uint8_t point[65], const void *message, size_t count, uint8_t digest[32]) {
  // The length of the signer's name in bits, then the name.
  static const uint8_t signer[] = {0x00, 0x80, '1', '2', '3', '4', '5', '6', '7', '8',
                                   '1',  '2',  '3', '4', '5', '6', '7', '8'};
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  EVP_MD_CTX *context = algorithms == NULL ? NULL : EVP_MD_CTX_new();
  uint8_t curve[curve_numbers_count], z[CCrypto_digest_count];
  int result = context != NULL && write_curve(curve) && EVP_DigestInit_ex2(context, algorithms->sm3, NULL) == 1 &&
               EVP_DigestUpdate(context, signer, sizeof signer) == 1 &&
               EVP_DigestUpdate(context, curve, sizeof curve) == 1 &&
               EVP_DigestUpdate(context, point + 1, CCrypto_point_count - 1) == 1 &&
               EVP_DigestFinal_ex(context, z, NULL) == 1 &&
               EVP_DigestInit_ex2(context, algorithms->sm3, NULL) == 1 &&
               EVP_DigestUpdate(context, z, sizeof z) == 1 && EVP_DigestUpdate(context, message, count) == 1 &&
               EVP_DigestFinal_ex(context, digest, NULL) == 1;
  EVP_MD_CTX_free(context);
  return result;
}
