// The thinnest glue over OpenSSL's libcrypto (>= 3.0) and over libsecp256k1. Every function returns 1 for success and 0 for failure; what
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
int CCrypto_sm3(const void *bytes, size_t count, uint8_t digest[32]);
int CCrypto_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t code[32]);
int CCrypto_hmac_sha1(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t code[20]);
typedef enum { CCRYPTO_HMAC_SHA1, CCRYPTO_HMAC_SHA256 } CCryptoMACType;
/// A MAC under one key, for one thread at a time. Freeing it wipes what it holds of the key.
typedef struct CCryptoMAC CCryptoMAC;
/// NULL where memory is out.
CCryptoMAC *CCrypto_mac_new(CCryptoMACType type, const void *key, size_t key_count);
/// The code of one message, 20 or 32 bytes by the type.
int CCrypto_mac(CCryptoMAC *mac, const void *bytes, size_t count, uint8_t *code, size_t code_count);
void CCrypto_mac_free(CCryptoMAC *mac);
/// scrypt (RFC 7914). `cost` is N, a power of two; it takes 128 * block_size * cost bytes of memory.
int CCrypto_scrypt(const void *password, size_t password_count, const void *salt, size_t salt_count, uint64_t cost,
                   uint64_t block_size, uint64_t parallelization, void *output, size_t output_count);

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

// SM4GCM.c
/// SM4-GCM (RFC 8998), 16-byte key, 12-byte nonce; as above.
int CCrypto_sm4gcm_seal(const uint8_t key[16], const uint8_t nonce[12], const void *data, size_t data_count,
                        const void *plaintext, size_t plaintext_count, uint8_t *output);
int CCrypto_sm4gcm_open(const uint8_t key[16], const uint8_t nonce[12], const void *data, size_t data_count,
                        const uint8_t *sealed, size_t sealed_count, uint8_t *output);

// Keys.c
typedef enum {
  CCRYPTO_RSA_2048,
  CCRYPTO_RSA_3072,
  CCRYPTO_P256,
  CCRYPTO_SECP256K1,
  CCRYPTO_SM2,
} CCryptoKeyType;

/// A key as libcrypto holds it. Threads may use one together; whoever made it frees it, which wipes its secrets.
typedef struct evp_pkey_st CCryptoKey;

void CCrypto_key_free(CCryptoKey *key);
/// Draws a key pair. Writes the numbers of its private half and the DER SubjectPublicKeyInfo of the public one, whose
/// buffer holds `der_count` bytes at first; 512 are enough.
///
/// The numbers of RSA are d, as long as the modulus, then p, q, d mod p-1, d mod q-1 and 1/q mod p, each half as long;
/// those of a curve are one of 32 bytes. All are big-endian.
int CCrypto_generate(CCryptoKeyType type, uint8_t *numbers, size_t numbers_count, uint8_t *der, size_t *der_count);
/// The private key of these numbers and of its public half: for RSA a key, for a curve a point, which is not computed
/// anew and so must come from a place that keeps the two together. Not for secp256k1. NULL for what cannot be a key.
CCryptoKey *CCrypto_private_key(CCryptoKeyType type, const uint8_t *numbers, size_t numbers_count,
                                const CCryptoKey *public_key, const uint8_t point[65]);
int CCrypto_private_numbers(CCryptoKeyType type, const CCryptoKey *key, uint8_t *numbers, size_t numbers_count);

// PublicKeys.c
/// Reads a DER SubjectPublicKeyInfo of this type, written in the one way in which it is written here. For a curve,
/// writes the point; for secp256k1 there is no key beside it, and `*key` becomes NULL.
int CCrypto_public_key(CCryptoKeyType type, const uint8_t *der, size_t count, CCryptoKey **key, uint8_t point[65]);
/// Writes the DER SubjectPublicKeyInfo of a point, which is not looked at; the count says how much `der` holds and then
/// how much was written.
int CCrypto_point_der(CCryptoKeyType type, const uint8_t point[65], uint8_t *der, size_t *count);
/// Writes the PEM text of DER; the count says how much `pem` holds and then how much was written.
int CCrypto_public_key_pem(const uint8_t *der, size_t der_count, uint8_t *pem, size_t *count);

// Signatures.c
typedef enum { CCRYPTO_RSA_PSS, CCRYPTO_RSA_PKCS1, CCRYPTO_ECDSA, CCRYPTO_SM2DSA } CCryptoSignature;

/// Signs a digest; the count says how much `signature` holds and then how much was written.
int CCrypto_sign(CCryptoSignature algorithm, CCryptoKey *key, const uint8_t digest[32], uint8_t *signature,
                 size_t *count);
int CCrypto_verify(CCryptoSignature algorithm, CCryptoKey *key, const uint8_t digest[32], const uint8_t *signature,
                   size_t count);

// Encryption.c
typedef enum { CCRYPTO_OAEP_SHA256, CCRYPTO_OAEP_SHA1, CCRYPTO_RSAES_PKCS1, CCRYPTO_SM2PKE } CCryptoEncryption;

/// The counts say how much the output holds and then how much was written. SM2 writes C1 C3 C2 and reads that or DER.
int CCrypto_encrypt(CCryptoEncryption algorithm, CCryptoKey *key, const uint8_t *plaintext, size_t plaintext_count,
                    uint8_t *ciphertext, size_t *count);
int CCrypto_decrypt(CCryptoEncryption algorithm, CCryptoKey *key, const uint8_t *ciphertext, size_t ciphertext_count,
                    uint8_t *plaintext, size_t *count);

// TokenKeys.c
/// Writes the DER of the object identifier by which PKCS #11 names a curve.
int CCrypto_curve_parameters(CCryptoKeyType type, uint8_t *der, size_t *count);
/// Writes the DER SubjectPublicKeyInfo of a point that a token gave, bare or as an OCTET STRING. Whether it lies on the
/// curve is not asked.
int CCrypto_point_key(CCryptoKeyType type, const uint8_t *bytes, size_t bytes_count, uint8_t *der, size_t *count);
/// Writes the DER SubjectPublicKeyInfo of an RSA modulus and exponent, big-endian.
int CCrypto_modulus_key(const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count,
                        uint8_t *der, size_t *count);
/// Writes the DER of a signature of two numbers, r and s, each 32 bytes; for secp256k1 with the lower s.
int CCrypto_signature_of_numbers(CCryptoKeyType type, const uint8_t numbers[64], uint8_t *signature, size_t *count);
/// Takes the OAEP padding (RFC 8017, 7.1.2, step 3) off a block, in constant time. Leading zeros may be missing.
int CCrypto_oaep_unpad(CCryptoEncryption algorithm, const uint8_t *block, size_t block_count, size_t modulus_count,
                       uint8_t *plaintext, size_t *count);

// SM2.c
/// e = SM3(Z || message) of GB/T 32918.2, 6.1, for the signer named 1234567812345678.
int CCrypto_sm2_digest(const uint8_t point[65], const void *message, size_t count, uint8_t digest[32]);

// Secp256k1.c
/// Whether a number is a private key.
int CCrypto_secp256k1_is_number(const uint8_t number[32]);
/// Writes DER; the count says how much `signature` holds and then how much was written.
int CCrypto_secp256k1_sign(const uint8_t number[32], const uint8_t digest[32], uint8_t *signature, size_t *count);
/// Takes both s and n - s, and strict DER alone.
int CCrypto_secp256k1_verify(const uint8_t point[65], const uint8_t digest[32], const uint8_t *signature,
                             size_t count);

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

#include "CCryptoCertificates.h"

#endif
