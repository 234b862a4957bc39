// What is fetched from libcrypto once for the process. Private to this target.
#ifndef KEYHOLD_CCRYPTO_CONTEXTS_H
#define KEYHOLD_CCRYPTO_CONTEXTS_H

#include <openssl/evp.h>
#include <openssl/kdf.h>

/// Constants of the library, never changed once fetched.
///
/// The MAC contexts are templates: each call copies one, keys the copy and frees it, which wipes the key schedule. So
/// no key outlives its call in a context that a thread keeps, no lock is needed, and it costs no more than to key a
/// kept context twice, once to use it and once to clear it. A key that is used for every request has contexts of its
/// own (CCrypto_mac_new), which live and end with it.
typedef struct {
  EVP_MD *sha256;
  /// For OAEP alone.
  EVP_MD *sha1;
  EVP_MD *sm3;
  EVP_CIPHER *aes256gcm;
  EVP_CIPHER *sm4ctr;
  /// NULL before OpenSSL 3.1.
  EVP_CIPHER *sm4gcm;
  EVP_KDF *hkdf;
  EVP_MAC_CTX *hmac_sha256;
  EVP_MAC_CTX *hmac_sha1;
  EVP_MAC_CTX *cmac_aes256;
} CCryptoAlgorithms;

/// The fetched algorithms, or NULL where the library lacks one.
const CCryptoAlgorithms *CCrypto_algorithms(void);

#endif
