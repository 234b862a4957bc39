#include "SM2Ciphertext.h"

#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <string.h>

enum { coordinate_count = 32, digest_count = 32, digest_offset = 65 };

/// SM2Cipher (GB/T 35276, 7.2).
typedef struct {
  BIGNUM *x;
  BIGNUM *y;
  ASN1_OCTET_STRING *digest;
  ASN1_OCTET_STRING *text;
} SM2Cipher;

ASN1_SEQUENCE(SM2Cipher) = {
  ASN1_SIMPLE(SM2Cipher, x, BIGNUM),
  ASN1_SIMPLE(SM2Cipher, y, BIGNUM),
  ASN1_SIMPLE(SM2Cipher, digest, ASN1_OCTET_STRING),
  ASN1_SIMPLE(SM2Cipher, text, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(SM2Cipher)

static void release(SM2Cipher *cipher) { ASN1_item_free((ASN1_VALUE *)cipher, ASN1_ITEM_rptr(SM2Cipher)); }

static SM2Cipher *read_der(const uint8_t *der, size_t count) {
  const uint8_t *rest = der;
  SM2Cipher *cipher = (SM2Cipher *)ASN1_item_d2i(NULL, &rest, (long)count, ASN1_ITEM_rptr(SM2Cipher));
  if (cipher != NULL && BN_num_bytes(cipher->x) <= coordinate_count && BN_num_bytes(cipher->y) <= coordinate_count &&
      ASN1_STRING_length(cipher->digest) == digest_count && ASN1_STRING_length(cipher->text) > 0) {
    return cipher;
  }
  release(cipher);
  return NULL;
}

static SM2Cipher *read_raw(const uint8_t *raw, size_t count) {
  if (count <= CCrypto_sm2_raw_overhead) return NULL;
  SM2Cipher *cipher = (SM2Cipher *)ASN1_item_new(ASN1_ITEM_rptr(SM2Cipher));
  if (cipher != NULL && BN_bin2bn(raw + 1, coordinate_count, cipher->x) != NULL &&
      BN_bin2bn(raw + 1 + coordinate_count, coordinate_count, cipher->y) != NULL &&
      ASN1_OCTET_STRING_set(cipher->digest, raw + digest_offset, digest_count) == 1 &&
      ASN1_OCTET_STRING_set(cipher->text, raw + CCrypto_sm2_raw_overhead, (int)(count - CCrypto_sm2_raw_overhead)) ==
          1) {
    return cipher;
  }
  release(cipher);
  return NULL;
}

int CCrypto_sm2_raw(const uint8_t *der, size_t der_count, uint8_t *raw, size_t count) {
  SM2Cipher *cipher = read_der(der, der_count);
  int result = cipher != NULL && (size_t)ASN1_STRING_length(cipher->text) + CCrypto_sm2_raw_overhead == count &&
               BN_bn2binpad(cipher->x, raw + 1, coordinate_count) == coordinate_count &&
               BN_bn2binpad(cipher->y, raw + 1 + coordinate_count, coordinate_count) == coordinate_count;
  if (result) {
    raw[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(raw + digest_offset, ASN1_STRING_get0_data(cipher->digest), digest_count);
    memcpy(raw + CCrypto_sm2_raw_overhead, ASN1_STRING_get0_data(cipher->text), count - CCrypto_sm2_raw_overhead);
  }
  release(cipher);
  return result;
}

int CCrypto_sm2_der(const uint8_t *ciphertext, size_t ciphertext_count, uint8_t **der, size_t *der_count,
                    size_t *text_count) {
  if (ciphertext_count == 0 || ciphertext_count > 65536) return 0;
  // An uncompressed point begins with 4 and a DER sequence with 0x30.
  int is_raw = ciphertext[0] == POINT_CONVERSION_UNCOMPRESSED;
  SM2Cipher *cipher = is_raw ? read_raw(ciphertext, ciphertext_count) : read_der(ciphertext, ciphertext_count);
  int length = cipher == NULL ? -1 : ASN1_item_i2d((const ASN1_VALUE *)cipher, der, ASN1_ITEM_rptr(SM2Cipher));
  if (length > 0) {
    *der_count = (size_t)length;
    *text_count = (size_t)ASN1_STRING_length(cipher->text);
  }
  release(cipher);
  // DER that would be written in another way is none.
  return length > 0 &&
         (is_raw || ((size_t)length == ciphertext_count && memcmp(*der, ciphertext, ciphertext_count) == 0));
}
