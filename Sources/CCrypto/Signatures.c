#include "Contexts.h"
#include "Keys.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>

enum { salt_count = 32 };

static int set_up(EVP_PKEY_CTX *context, CCryptoSignature algorithm) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL) return 0;
  switch (algorithm) {
  case CCRYPTO_RSA_PSS:
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, algorithms->sha256) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, algorithms->sha256) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_count) == 1;
  case CCRYPTO_RSA_PKCS1:
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, algorithms->sha256) == 1;
  case CCRYPTO_ECDSA: return EVP_PKEY_CTX_set_signature_md(context, algorithms->sha256) == 1;
  // Without a message digest of libcrypto's own nothing is hashed, and so no Z is put before: the caller brings e.
  case CCRYPTO_SM2DSA: return 1;
  }
  return 0;
}

int CCrypto_sign(CCryptoSignature algorithm, CCryptoKey *key, const uint8_t digest[32], uint8_t *signature,
                 size_t *count) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int result = context != NULL && EVP_PKEY_sign_init(context) == 1 && set_up(context, algorithm) &&
               EVP_PKEY_sign(context, signature, count, digest, CCrypto_digest_count) == 1;
  EVP_PKEY_CTX_free(context);
  return result;
}

/// Whether a signature of two numbers is written as DER writes it, with nothing behind it.
static int is_canonical(const uint8_t *signature, size_t count) {
  const uint8_t *rest = signature;
  uint8_t *written = NULL;
  ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &rest, (long)count);
  int length = numbers == NULL ? -1 : i2d_ECDSA_SIG(numbers, &written);
  int result = length > 0 && (size_t)length == count && memcmp(written, signature, count) == 0;
  OPENSSL_free(written);
  ECDSA_SIG_free(numbers);
  return result;
}

int CCrypto_verify(CCryptoSignature algorithm, CCryptoKey *key, const uint8_t digest[32], const uint8_t *signature,
                   size_t count) {
  int is_rsa = algorithm == CCRYPTO_RSA_PSS || algorithm == CCRYPTO_RSA_PKCS1;
  size_t size = (size_t)EVP_PKEY_get_size(key);
  if (is_rsa ? count != size : count > size || !is_canonical(signature, count)) return 0;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int result = context != NULL && EVP_PKEY_verify_init(context) == 1 && set_up(context, algorithm) &&
               EVP_PKEY_verify(context, signature, count, digest, CCrypto_digest_count) == 1;
  EVP_PKEY_CTX_free(context);
  return result;
}
