// The thinnest glue over libgfshare: Shamir's way to share a secret, over GF(2^8), with libcrypto's randomness.
#ifndef KEYHOLD_CSHARES_H
#define KEYHOLD_CSHARES_H

#include <stddef.h>
#include <stdint.h>

/// Makes `share_count` shares of `count` bytes each, written one after the other, of which any `threshold` give the
/// secret back and fewer tell nothing of it.
///
/// `numbers` names the shares: none is 0, none occurs twice. 2 <= threshold <= share_count. Returns 1, or 0 where the
/// arguments are none or there is no randomness; the output is then zeros.
int CShares_split(const uint8_t *secret, size_t count, uint8_t threshold, const uint8_t *numbers, uint8_t share_count,
                  uint8_t *shares);

/// Puts a secret of `count` bytes together from as many shares as its threshold, or more; returns 1, or 0 where
/// the numbers are none. What comes of shares that do not belong together is some other secret.
int CShares_join(const uint8_t *numbers, const uint8_t *shares, uint8_t share_count, size_t count, uint8_t *secret);

#endif
