// GCM over any cipher that libcrypto has it for. Private to this target.
#ifndef KEYHOLD_CCRYPTO_AEAD_H
#define KEYHOLD_CCRYPTO_AEAD_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/// 12-byte nonce; writes plaintext_count + 16 bytes: ciphertext, then tag.
int CCrypto_gcm_seal(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t nonce[12], const void *data,
                     size_t data_count, const void *plaintext, size_t plaintext_count, uint8_t *output);
/// Writes sealed_count - 16 bytes, or zeros them and fails where the tag does not match.
int CCrypto_gcm_open(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t nonce[12], const void *data,
                     size_t data_count, const uint8_t *sealed, size_t sealed_count, uint8_t *output);

#endif
