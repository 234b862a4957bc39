#include "CCrypto.h"
#include "Contexts.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

int CCrypto_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  return algorithms != NULL && EVP_Digest(bytes, count, digest, NULL, algorithms->sha256, NULL) == 1;
}

int CCrypto_sm3(const void *bytes, size_t count, uint8_t digest[32]) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  return algorithms != NULL && EVP_Digest(bytes, count, digest, NULL, algorithms->sm3, NULL) == 1;
}

/// A copy of the template under a key, ready for a message; NULL where memory is out.
static EVP_MAC_CTX *keyed(const EVP_MAC_CTX *template, const void *key, size_t key_count) {
  // HMAC with no key at all would keep the template's.
  static const uint8_t empty[1] = {0};
  if (key_count == 0) key = empty;
  EVP_MAC_CTX *context = EVP_MAC_CTX_dup(template);
  if (context == NULL || EVP_MAC_init(context, key, key_count, NULL) == 1) return context;
  EVP_MAC_CTX_free(context);
  return NULL;
}

static int finish(EVP_MAC_CTX *context, const void *bytes, size_t count, uint8_t *code, size_t code_count) {
  size_t written = 0;
  return EVP_MAC_update(context, bytes, count) == 1 &&
         EVP_MAC_final(context, code, &written, code_count) == 1 && written == code_count;
}

static int hmac(const EVP_MAC_CTX *template, const void *key, size_t key_count, const void *bytes, size_t count,
                uint8_t *code, size_t code_count) {
  EVP_MAC_CTX *context = keyed(template, key, key_count);
  int result = context != NULL && finish(context, bytes, count, code, code_count);
  EVP_MAC_CTX_free(context);
  return result;
}

CCryptoMAC *CCrypto_mac_new(CCryptoMACType type, const void *key, size_t key_count) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL) return NULL;
  switch (type) {
    case CCRYPTO_HMAC_SHA1: return (CCryptoMAC *)keyed(algorithms->hmac_sha1, key, key_count);
    case CCRYPTO_HMAC_SHA256: return (CCryptoMAC *)keyed(algorithms->hmac_sha256, key, key_count);
  }
  return NULL;
}

int CCrypto_mac(CCryptoMAC *mac, const void *bytes, size_t count, uint8_t *code, size_t code_count) {
  EVP_MAC_CTX *context = (EVP_MAC_CTX *)mac;
  // Without a key the context starts again under the one it has.
  return EVP_MAC_init(context, NULL, 0, NULL) == 1 && finish(context, bytes, count, code, code_count);
}

void CCrypto_mac_free(CCryptoMAC *mac) { EVP_MAC_CTX_free((EVP_MAC_CTX *)mac); }

int CCrypto_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t code[32]) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  return algorithms != NULL && hmac(algorithms->hmac_sha256, key, key_count, bytes, count, code, 32);
}

int CCrypto_hmac_sha1(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t code[20]) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  return algorithms != NULL && hmac(algorithms->hmac_sha1, key, key_count, bytes, count, code, 20);
}

int CCrypto_hkdf_sha256(const void *secret, size_t secret_count, const void *salt, size_t salt_count, const void *info,
                        size_t info_count, void *output, size_t output_count) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL) return 0;
  EVP_KDF_CTX *context = EVP_KDF_CTX_new(algorithms->hkdf);
  if (context == NULL) return 0;
  OSSL_PARAM parameters[5];
  size_t used = 0;
  parameters[used++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0);
  parameters[used++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, secret_count);
  // Without a salt RFC 5869 takes zeros, and so does the library.
  if (salt_count > 0) {
    parameters[used++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_count);
  }
  if (info_count > 0) {
    parameters[used++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_count);
  }
  parameters[used] = OSSL_PARAM_construct_end();
  int result = EVP_KDF_derive(context, output, output_count, parameters);
  EVP_KDF_CTX_free(context);
  return result == 1;
}
