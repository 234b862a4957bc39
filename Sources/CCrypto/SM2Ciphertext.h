// The two forms of an SM2 ciphertext: raw, C1 C3 C2 with C1 an uncompressed point, and the DER of GB/T 35276, 7.2.
// Private to this target.
#ifndef KEYHOLD_CCRYPTO_SM2CIPHERTEXT_H
#define KEYHOLD_CCRYPTO_SM2CIPHERTEXT_H

#include <stddef.h>
#include <stdint.h>

enum {
  /// How much longer the raw form is than the plaintext: the point, and the SM3 digest.
  CCrypto_sm2_raw_overhead = 65 + 32,
  /// How much longer DER is at most, for plaintexts below 65,536 bytes.
  CCrypto_sm2_der_overhead = 4 + 2 * (2 + 33) + (2 + 32) + 4,
};

/// Writes the raw form of DER; fails unless that is `count` bytes long.
int CCrypto_sm2_raw(const uint8_t *der, size_t der_count, uint8_t *raw, size_t count);
/// Makes the DER of either form, which OPENSSL_free frees; fails for what is neither. `text_count` is the plaintext's.
int CCrypto_sm2_der(const uint8_t *ciphertext, size_t ciphertext_count, uint8_t **der, size_t *der_count,
                    size_t *text_count);

#endif
