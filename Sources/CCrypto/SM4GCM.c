// SM4-GCM (RFC 8998): libcrypto's own since 3.1; before, its GCM over its SM4 in counter mode.
#include "AEAD.h"
#include "CCrypto.h"
#include "Contexts.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/modes.h>

enum { block_count = 16, nonce_count = 12, tag_count = 16 };

/// SM4 under one key, as GCM asks for it. A callback cannot fail, so failures are remembered.
typedef struct {
  EVP_CIPHER_CTX *context;
  int has_failed;
} BlockCipher;

static void run(BlockCipher *cipher, const uint8_t counter[16], const uint8_t *input, uint8_t *output, size_t count) {
  int written = 0;
  if (EVP_EncryptInit_ex2(cipher->context, NULL, NULL, counter, NULL) != 1 ||
      EVP_EncryptUpdate(cipher->context, output, &written, input, (int)count) != 1 || (size_t)written != count) {
    cipher->has_failed = 1;
  }
}

/// One block by itself: what counter mode adds to zeros when it begins there.
static void encrypt_block(const uint8_t input[16], uint8_t output[16], const void *cipher) {
  static const uint8_t zeros[block_count] = {0};
  run((BlockCipher *)cipher, input, zeros, output, block_count);
}

/// Whole blocks in counter mode. GCM counts in the last four bytes and libcrypto's mode in all sixteen, which is the
/// same from 2 on for messages that INT_MAX bounds.
static void encrypt_stream(const uint8_t *input, uint8_t *output, size_t blocks, const void *cipher,
                           const uint8_t counter[16]) {
  run((BlockCipher *)cipher, counter, input, output, blocks * block_count);
}

static GCM128_CONTEXT *start(BlockCipher *cipher, const uint8_t key[16], const uint8_t nonce[12], const void *data,
                             size_t data_count) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  cipher->context = algorithms == NULL ? NULL : EVP_CIPHER_CTX_new();
  if (cipher->context == NULL || EVP_EncryptInit_ex2(cipher->context, algorithms->sm4ctr, key, NULL, NULL) != 1) {
    return NULL;
  }
  GCM128_CONTEXT *gcm = CRYPTO_gcm128_new(cipher, encrypt_block);
  if (gcm == NULL) return NULL;
  CRYPTO_gcm128_setiv(gcm, nonce, nonce_count);
  if (data_count == 0 || CRYPTO_gcm128_aad(gcm, data, data_count) == 0) return gcm;
  CRYPTO_gcm128_release(gcm);
  return NULL;
}

/// Both wipe what they hold of the key.
static void finish(BlockCipher *cipher, GCM128_CONTEXT *gcm) {
  if (gcm != NULL) CRYPTO_gcm128_release(gcm);
  EVP_CIPHER_CTX_free(cipher->context);
}

static int seal_composed(const uint8_t key[16], const uint8_t nonce[12], const void *data, size_t data_count,
                         const void *plaintext, size_t count, uint8_t *output) {
  BlockCipher cipher = {NULL, 0};
  if (data_count > INT_MAX || count > INT_MAX) return 0;
  GCM128_CONTEXT *gcm = start(&cipher, key, nonce, data, data_count);
  int result = gcm != NULL &&
               (count == 0 || CRYPTO_gcm128_encrypt_ctr32(gcm, plaintext, output, count, encrypt_stream) == 0);
  if (result) CRYPTO_gcm128_tag(gcm, output + count, tag_count);
  result = result && !cipher.has_failed;
  finish(&cipher, gcm);
  if (!result) OPENSSL_cleanse(output, count + tag_count);
  return result;
}

static int open_composed(const uint8_t key[16], const uint8_t nonce[12], const void *data, size_t data_count,
                         const uint8_t *sealed, size_t sealed_count, uint8_t *output) {
  BlockCipher cipher = {NULL, 0};
  if (sealed_count < tag_count || data_count > INT_MAX || sealed_count > INT_MAX) return 0;
  size_t count = sealed_count - tag_count;
  GCM128_CONTEXT *gcm = start(&cipher, key, nonce, data, data_count);
  // The last call compares the tags in constant time.
  int result = gcm != NULL &&
               (count == 0 || CRYPTO_gcm128_decrypt_ctr32(gcm, sealed, output, count, encrypt_stream) == 0) &&
               CRYPTO_gcm128_finish(gcm, sealed + count, tag_count) == 0 && !cipher.has_failed;
  finish(&cipher, gcm);
  if (!result) OPENSSL_cleanse(output, count);
  return result;
}

int CCrypto_sm4gcm_seal(const uint8_t key[16], const uint8_t nonce[12], const void *data, size_t data_count,
                        const void *plaintext, size_t count, uint8_t *output) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL) return 0;
  if (algorithms->sm4gcm == NULL) {
    return seal_composed(key, nonce, data, data_count, plaintext, count, output);
  }
  return CCrypto_gcm_seal(algorithms->sm4gcm, key, nonce, data, data_count, plaintext, count, output);
}

int CCrypto_sm4gcm_open(const uint8_t key[16], const uint8_t nonce[12], const void *data, size_t data_count,
                        const uint8_t *sealed, size_t sealed_count, uint8_t *output) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  if (algorithms == NULL) return 0;
  if (algorithms->sm4gcm == NULL) {
    return open_composed(key, nonce, data, data_count, sealed, sealed_count, output);
  }
  return CCrypto_gcm_open(algorithms->sm4gcm, key, nonce, data, data_count, sealed, sealed_count, output);
}
