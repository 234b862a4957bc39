#include "Contexts.h"
#include "Keys.h"
#include "SM2Ciphertext.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>
#include <string.h>

static int set_up(EVP_PKEY_CTX *context, CCryptoEncryption algorithm) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL) return 0;
  const EVP_MD *digest = algorithm == CCRYPTO_OAEP_SHA1 ? algorithms->sha1 : algorithms->sha256;
  switch (algorithm) {
  case CCRYPTO_OAEP_SHA1:
  case CCRYPTO_OAEP_SHA256:
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1;
  case CCRYPTO_RSAES_PKCS1: {
    // Where libcrypto answers bad padding with random bytes, it is told to fail instead: the caller gives all failures
    // one face, and random bytes would be one key material more. A library that does not know the name ignores it.
    unsigned int is_implicit = 0;
    OSSL_PARAM parameters[2] = {OSSL_PARAM_construct_uint("implicit-rejection", &is_implicit),
                                OSSL_PARAM_construct_end()};
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_params(context, parameters) == 1;
  }
  case CCRYPTO_SM2PKE: return 1;
  }
  return 0;
}

static int encrypt(CCryptoEncryption algorithm, EVP_PKEY *key, const uint8_t *plaintext, size_t plaintext_count,
                   uint8_t *ciphertext, size_t *count) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int result = context != NULL && EVP_PKEY_encrypt_init(context) == 1 && set_up(context, algorithm) &&
               EVP_PKEY_encrypt(context, ciphertext, count, plaintext, plaintext_count) == 1;
  EVP_PKEY_CTX_free(context);
  return result;
}

static int decrypt(CCryptoEncryption algorithm, EVP_PKEY *key, const uint8_t *ciphertext, size_t ciphertext_count,
                   uint8_t *plaintext, size_t *count) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int result = context != NULL && EVP_PKEY_decrypt_init(context) == 1 && set_up(context, algorithm) &&
               EVP_PKEY_decrypt(context, plaintext, count, ciphertext, ciphertext_count) == 1;
  EVP_PKEY_CTX_free(context);
  return result;
}

/// One encryption; `is_bare` tells that the key stream happened to be zeros, as it is for one in 256 single bytes.
static int sm2_encrypt_once(EVP_PKEY *key, const uint8_t *plaintext, size_t plaintext_count, uint8_t *ciphertext,
                            int *is_bare) {
  size_t der_count = plaintext_count + CCrypto_sm2_der_overhead;
  uint8_t *der = OPENSSL_malloc(der_count);
  int result = der != NULL && encrypt(CCRYPTO_SM2PKE, key, plaintext, plaintext_count, der, &der_count) &&
               CCrypto_sm2_raw(der, der_count, ciphertext, plaintext_count + CCrypto_sm2_raw_overhead);
  if (result) *is_bare = CRYPTO_memcmp(ciphertext + CCrypto_sm2_raw_overhead, plaintext, plaintext_count) == 0;
  OPENSSL_free(der);
  return result;
}

static int sm2_encrypt(EVP_PKEY *key, const uint8_t *plaintext, size_t plaintext_count, uint8_t *ciphertext,
                       size_t *count) {
  if (plaintext_count == 0 || *count < plaintext_count + CCrypto_sm2_raw_overhead) return 0;
  // GB/T 32918.4, 6.1, A5: a key stream of zeros is not used. Sixty-four in a row do not happen.
  int is_bare = 1;
  for (int tries = 0; is_bare && tries < 64; tries++) {
    if (!sm2_encrypt_once(key, plaintext, plaintext_count, ciphertext, &is_bare)) return 0;
  }
  *count = plaintext_count + CCrypto_sm2_raw_overhead;
  return !is_bare;
}

static int sm2_decrypt(EVP_PKEY *key, const uint8_t *ciphertext, size_t ciphertext_count, uint8_t *plaintext,
                       size_t *count) {
  uint8_t *der = NULL;
  size_t der_count = 0, text_count = 0;
  int result = CCrypto_sm2_der(ciphertext, ciphertext_count, &der, &der_count, &text_count) && text_count <= *count &&
               decrypt(CCRYPTO_SM2PKE, key, der, der_count, plaintext, count) && *count == text_count;
  OPENSSL_free(der);
  return result;
}

int CCrypto_encrypt(CCryptoEncryption algorithm, CCryptoKey *key, const uint8_t *plaintext, size_t plaintext_count,
                    uint8_t *ciphertext, size_t *count) {
  // An empty plaintext has no address, and libcrypto takes none for a question.
  static const uint8_t nothing[1] = {0};
  if (plaintext_count == 0) plaintext = nothing;
  if (algorithm == CCRYPTO_SM2PKE) return sm2_encrypt(key, plaintext, plaintext_count, ciphertext, count);
  return encrypt(algorithm, key, plaintext, plaintext_count, ciphertext, count);
}

int CCrypto_decrypt(CCryptoEncryption algorithm, CCryptoKey *key, const uint8_t *ciphertext, size_t ciphertext_count,
                    uint8_t *plaintext, size_t *count) {
  if (algorithm == CCRYPTO_SM2PKE) return sm2_decrypt(key, ciphertext, ciphertext_count, plaintext, count);
  return decrypt(algorithm, key, ciphertext, ciphertext_count, plaintext, count);
}
