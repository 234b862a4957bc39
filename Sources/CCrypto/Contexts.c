#include "Contexts.h"

#include "CCrypto.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>

static CCryptoAlgorithms algorithms;
static int are_algorithms_fetched;

/// A context whose inner algorithm is set, keyed with zeros: some of its state is made only when there is a key.
static EVP_MAC_CTX *mac_template(const char *name, const char *parameter, const char *inner) {
  static const unsigned char zeros[32] = {0};
  EVP_MAC *mac = EVP_MAC_fetch(NULL, name, NULL);
  EVP_MAC_CTX *context = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);
  if (context == NULL) return NULL;
  OSSL_PARAM parameters[2] = {OSSL_PARAM_construct_utf8_string(parameter, (char *)inner, 0),
                              OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context, zeros, sizeof zeros, parameters) == 1) return context;
  EVP_MAC_CTX_free(context);
  return NULL;
}

static void fetch(void) {
  algorithms.sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
  algorithms.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
  algorithms.sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
  algorithms.aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
  algorithms.sm4ctr = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
  algorithms.sm4gcm = EVP_CIPHER_fetch(NULL, "SM4-GCM", NULL);
  algorithms.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
  algorithms.hmac_sha256 = mac_template("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-256");
  algorithms.hmac_sha1 = mac_template("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA1");
  algorithms.cmac_aes256 = mac_template("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-256-CBC");
  are_algorithms_fetched = algorithms.sha256 != NULL && algorithms.sha1 != NULL && algorithms.sm3 != NULL &&
                           algorithms.sm4ctr != NULL && algorithms.aes256gcm != NULL && algorithms.hkdf != NULL &&
                           algorithms.hmac_sha256 != NULL && algorithms.hmac_sha1 != NULL &&
                           algorithms.cmac_aes256 != NULL;
}

const CCryptoAlgorithms *CCrypto_algorithms(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, fetch) == 0 && are_algorithms_fetched ? &algorithms : NULL;
}

int CCrypto_is_usable(void) { return CCrypto_algorithms() != NULL; }
