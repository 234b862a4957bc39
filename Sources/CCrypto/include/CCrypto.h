// The thinnest glue over OpenSSL's libcrypto (>= 3.0). Every function returns 1 for success and 0 for failure; what
// failed is never told, so that failures have one face. Lengths are in bytes.
//
// Algorithms are fetched once for the process, because a fetch takes longer than the work itself on short inputs.
// They are constants of the library, not state: nothing would be gained by handing them around.
#ifndef KEYHOLD_CCRYPTO_H
#define KEYHOLD_CCRYPTO_H

#include <stddef.h>
#include <stdint.h>

// Contexts.c
/// Whether the library has every algorithm that is used here.
int CCrypto_is_usable(void);

// Digests.c
int CCrypto_sha256(const void *bytes, size_t count, uint8_t digest[32]);
int CCrypto_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t code[32]);
int CCrypto_hmac_sha1(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t code[20]);
/// HKDF (RFC 5869) with SHA-256, extract and expand.
int CCrypto_hkdf_sha256(const void *secret, size_t secret_count, const void *salt, size_t salt_count, const void *info,
                        size_t info_count, void *output, size_t output_count);

// Random.c
/// Bytes that anybody may see: nonces and ids.
int CCrypto_random_public(void *output, size_t count);
/// Bytes that become secrets; from the generator that feeds nothing public.
int CCrypto_random_private(void *output, size_t count);

// AEAD.c
/// AES-256-GCM (NIST SP 800-38D), 12-byte nonce; writes plaintext_count + 16 bytes: ciphertext, then tag.
int CCrypto_aes256gcm_seal(const uint8_t key[32], const uint8_t nonce[12], const void *data, size_t data_count,
                           const void *plaintext, size_t plaintext_count, uint8_t *output);
/// Writes sealed_count - 16 bytes, or zeros them and fails where the tag does not match.
int CCrypto_aes256gcm_open(const uint8_t key[32], const uint8_t nonce[12], const void *data, size_t data_count,
                           const uint8_t *sealed, size_t sealed_count, uint8_t *output);
/// XAES-256-GCM (c2sp.org/XAES-256-GCM), 24-byte nonce; as above.
int CCrypto_xaes256gcm_seal(const uint8_t key[32], const uint8_t nonce[24], const void *data, size_t data_count,
                            const void *plaintext, size_t plaintext_count, uint8_t *output);
int CCrypto_xaes256gcm_open(const uint8_t key[32], const uint8_t nonce[24], const void *data, size_t data_count,
                            const uint8_t *sealed, size_t sealed_count, uint8_t *output);

// P256.c
/// A key pair on NIST P-256: the private number and the uncompressed public point.
int CCrypto_p256_generate(uint8_t private_key[32], uint8_t public_key[65]);
/// The public point of a private number.
int CCrypto_p256_public(const uint8_t private_key[32], uint8_t public_key[65]);
/// ECDH: the x coordinate of the shared point. A point that is not on the curve fails.
int CCrypto_p256_agree(const uint8_t private_key[32], const uint8_t peer[65], uint8_t shared[32]);

// Certificates.c
/// Makes a certificate authority: a P-256 key and a certificate that may only vouch for `permitted`, a value of
/// OpenSSL's nameConstraints such as "critical,permitted;DNS:localhost". Buffers receive PEM; the counts say how much
/// they hold and then how much was written.
int CCrypto_authority_create(const char *name, const char *permitted, long days, uint8_t *certificate,
                             size_t *certificate_count, uint8_t *private_key, size_t *private_key_count);
/// Issues a server certificate for `names`, a value of OpenSSL's subjectAltName such as "DNS:localhost,IP:127.0.0.1".
int CCrypto_authority_issue(const uint8_t *authority, size_t authority_count, const uint8_t *authority_key,
                            size_t authority_key_count, const char *common_name, const char *names, long days,
                            uint8_t *certificate, size_t *certificate_count, uint8_t *private_key,
                            size_t *private_key_count);
/// How many whole days a PEM certificate is still valid; negative when it has expired.
int CCrypto_certificate_days_left(const uint8_t *certificate, size_t count, int *days);

#endif
