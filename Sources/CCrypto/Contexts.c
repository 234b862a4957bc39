#include "Contexts.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>

static CCryptoAlgorithms algorithms;
static int are_algorithms_fetched;
static pthread_key_t contexts_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_contexts(void *pointer) {
  CCryptoContexts *contexts = pointer;
  if (contexts == NULL) return;
  EVP_MD_CTX_free(contexts->digest);
  EVP_CIPHER_CTX_free(contexts->cipher);
  EVP_MAC_CTX_free(contexts->hmac_sha256);
  EVP_MAC_CTX_free(contexts->hmac_sha1);
  EVP_MAC_CTX_free(contexts->cmac_aes256);
  free(contexts);
}

static void fetch(void) {
  algorithms.sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
  algorithms.aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
  algorithms.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  algorithms.cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
  algorithms.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
  are_algorithms_fetched = pthread_key_create(&contexts_key, free_contexts) == 0 && algorithms.sha256 != NULL &&
                           algorithms.aes256gcm != NULL && algorithms.hmac != NULL && algorithms.cmac != NULL &&
                           algorithms.hkdf != NULL;
}

const CCryptoAlgorithms *CCrypto_algorithms(void) {
  pthread_once(&once, fetch);
  return are_algorithms_fetched ? &algorithms : NULL;
}

static EVP_MAC_CTX *mac_context(EVP_MAC *mac, const char *parameter, const char *value) {
  EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
  if (context == NULL) return NULL;
  OSSL_PARAM parameters[2] = {OSSL_PARAM_construct_utf8_string(parameter, (char *)value, 0),
                              OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(context, parameters) == 1) return context;
  EVP_MAC_CTX_free(context);
  return NULL;
}

CCryptoContexts *CCrypto_contexts(void) {
  if (CCrypto_algorithms() == NULL) return NULL;
  CCryptoContexts *contexts = pthread_getspecific(contexts_key);
  if (contexts != NULL) return contexts;
  contexts = calloc(1, sizeof(CCryptoContexts));
  if (contexts == NULL) return NULL;
  contexts->digest = EVP_MD_CTX_new();
  contexts->cipher = EVP_CIPHER_CTX_new();
  contexts->hmac_sha256 = mac_context(algorithms.hmac, OSSL_MAC_PARAM_DIGEST, "SHA2-256");
  contexts->hmac_sha1 = mac_context(algorithms.hmac, OSSL_MAC_PARAM_DIGEST, "SHA1");
  contexts->cmac_aes256 = mac_context(algorithms.cmac, OSSL_MAC_PARAM_CIPHER, "AES-256-CBC");
  if (contexts->digest != NULL && contexts->cipher != NULL && contexts->hmac_sha256 != NULL &&
      contexts->hmac_sha1 != NULL && contexts->cmac_aes256 != NULL && pthread_setspecific(contexts_key, contexts) == 0) {
    return contexts;
  }
  free_contexts(contexts);
  return NULL;
}
