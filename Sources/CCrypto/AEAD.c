#include "AEAD.h"

#include "CCrypto.h"
#include "Contexts.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <string.h>

enum { tag_count = 16 };

static int seal_in_context(EVP_CIPHER_CTX *context, const void *data, size_t data_count, const void *plaintext,
                           size_t count, uint8_t *output) {
  int written = 0;
  uint8_t none[tag_count];
  if (data_count > 0 && EVP_EncryptUpdate(context, NULL, &written, data, (int)data_count) != 1) return 0;
  if (count > 0 && EVP_EncryptUpdate(context, output, &written, plaintext, (int)count) != 1) return 0;
  return EVP_EncryptFinal_ex(context, none, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_count, output + count) == 1;
}

int CCrypto_gcm_seal(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t nonce[12], const void *data,
                     size_t data_count, const void *plaintext, size_t plaintext_count, uint8_t *output) {
  if (data_count > INT_MAX || plaintext_count > INT_MAX) return 0;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int result = context != NULL && EVP_EncryptInit_ex2(context, cipher, key, nonce, NULL) == 1 &&
               seal_in_context(context, data, data_count, plaintext, plaintext_count, output);
  // Wipes the key schedule.
  EVP_CIPHER_CTX_free(context);
  return result;
}

static int open_in_context(EVP_CIPHER_CTX *context, const void *data, size_t data_count, const uint8_t *sealed,
                           size_t count, uint8_t *output) {
  int written = 0;
  uint8_t tag[tag_count], none[tag_count];
  memcpy(tag, sealed + count, tag_count);
  if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_count, tag) != 1) return 0;
  if (data_count > 0 && EVP_DecryptUpdate(context, NULL, &written, data, (int)data_count) != 1) return 0;
  if (count > 0 && EVP_DecryptUpdate(context, output, &written, sealed, (int)count) != 1) return 0;
  return EVP_DecryptFinal_ex(context, none, &written) == 1;
}

int CCrypto_gcm_open(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t nonce[12], const void *data,
                     size_t data_count, const uint8_t *sealed, size_t sealed_count, uint8_t *output) {
  if (sealed_count < tag_count || data_count > INT_MAX || sealed_count > INT_MAX) return 0;
  size_t count = sealed_count - tag_count;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int result = context != NULL && EVP_DecryptInit_ex2(context, cipher, key, nonce, NULL) == 1 &&
               open_in_context(context, data, data_count, sealed, count, output);
  EVP_CIPHER_CTX_free(context);
  // What was decrypted before the tag was found wrong belongs to nobody.
  if (!result) OPENSSL_cleanse(output, count);
  return result;
}

int CCrypto_aes256gcm_seal(const uint8_t key[32], const uint8_t nonce[12], const void *data, size_t data_count,
                           const void *plaintext, size_t plaintext_count, uint8_t *output) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  return algorithms != NULL && CCrypto_gcm_seal(algorithms->aes256gcm, key, nonce, data, data_count, plaintext,
                                                plaintext_count, output);
}

int CCrypto_aes256gcm_open(const uint8_t key[32], const uint8_t nonce[12], const void *data, size_t data_count,
                           const uint8_t *sealed, size_t sealed_count, uint8_t *output) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  return algorithms != NULL && CCrypto_gcm_open(algorithms->aes256gcm, key, nonce, data, data_count, sealed,
                                                sealed_count, output);
}

/// The key of one message: CMAC-AES-256 in counter mode (NIST SP 800-108r1) over the label "X" and the first half of
/// the nonce; the second half is that message's GCM nonce.
static int derive(const uint8_t key[32], const uint8_t nonce[24], uint8_t derived[32]) {
  const CCryptoAlgorithms *algorithms = CCrypto_algorithms();
  EVP_MAC_CTX *context = algorithms == NULL ? NULL : EVP_MAC_CTX_dup(algorithms->cmac_aes256);
  uint8_t block[16] = {0, 0, 'X', 0};
  memcpy(block + 4, nonce, 12);
  int result = context != NULL;
  for (uint8_t counter = 1; result && counter <= 2; counter++) {
    block[1] = counter;
    size_t written = 0;
    // Without a key the context starts again under the one it has.
    const uint8_t *first_key = counter == 1 ? key : NULL;
    result = EVP_MAC_init(context, first_key, counter == 1 ? 32 : 0, NULL) == 1 &&
             EVP_MAC_update(context, block, sizeof block) == 1 &&
             EVP_MAC_final(context, derived + 16 * (counter - 1), &written, 16) == 1 && written == 16;
  }
  EVP_MAC_CTX_free(context);
  return result;
}

int CCrypto_xaes256gcm_seal(const uint8_t key[32], const uint8_t nonce[24], const void *data, size_t data_count,
                            const void *plaintext, size_t plaintext_count, uint8_t *output) {
  uint8_t derived[32];
  int result = derive(key, nonce, derived) && CCrypto_aes256gcm_seal(derived, nonce + 12, data, data_count, plaintext,
                                                                     plaintext_count, output);
  OPENSSL_cleanse(derived, sizeof derived);
  return result;
}

int CCrypto_xaes256gcm_open(const uint8_t key[32], const uint8_t nonce[24], const void *data, size_t data_count,
                            const uint8_t *sealed, size_t sealed_count, uint8_t *output) {
  uint8_t derived[32];
  int result = derive(key, nonce, derived) && CCrypto_aes256gcm_open(derived, nonce + 12, data, data_count, sealed,
                                                                     sealed_count, output);
  OPENSSL_cleanse(derived, sizeof derived);
  return result;
}
