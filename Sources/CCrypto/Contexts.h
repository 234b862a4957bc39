// What is fetched once for the process, and what is kept one a thread. Private to this target.
#ifndef KEYHOLD_CCRYPTO_CONTEXTS_H
#define KEYHOLD_CCRYPTO_CONTEXTS_H

#include <openssl/evp.h>

typedef struct {
  EVP_MD *sha256;
  EVP_CIPHER *aes256gcm;
  EVP_MAC *hmac;
  EVP_MAC *cmac;
  EVP_KDF *hkdf;
} CCryptoAlgorithms;

typedef struct {
  EVP_MD_CTX *digest;
  EVP_CIPHER_CTX *cipher;
  EVP_MAC_CTX *hmac_sha256;
  EVP_MAC_CTX *hmac_sha1;
  EVP_MAC_CTX *cmac_aes256;
} CCryptoContexts;

/// The fetched algorithms, or NULL where the library lacks one.
const CCryptoAlgorithms *CCrypto_algorithms(void);

/// This thread's contexts, or NULL where memory is out. They are freed, and so wiped, when the thread ends.
CCryptoContexts *CCrypto_contexts(void);

#endif
