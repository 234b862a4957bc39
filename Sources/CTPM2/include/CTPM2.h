// The thinnest glue over tpm2-tss: a P-256 key of a TPM 2.0, made once and used for ECDH. Functions return 0, or the
// TSS2_RC of what failed, which `CTPM2_reason` puts into words.
#ifndef KEYHOLD_CTPM2_H
#define KEYHOLD_CTPM2_H

#include <stddef.h>
#include <stdint.h>

enum { CTPM2_name_count = 34, CTPM2_point_count = 65, CTPM2_area_limit = 1024 };

/// What failed where it was not the TPM: an area that is none, or an answer of another form than was asked for.
extern const uint32_t CTPM2_malformed;

/// A connection with the storage primary key of the owner hierarchy loaded. For one thread at a time.
typedef struct CTPM2Connection CTPM2Connection;

/// Connects as `tcti` says (`device:/dev/tpmrm0`), and makes the storage primary key. `name` tells this TPM, with the
/// seed that it has since it was last cleared, from every other.
uint32_t CTPM2_open(const char *tcti, CTPM2Connection **connection, uint8_t name[CTPM2_name_count]);

/// Makes a key that never leaves the TPM in the clear, guarded by no password and not subject to the dictionary-attack
/// lock; usable only while the SHA-256 PCRs of the bits of `pcrs` are what they are now. The areas have room for
/// `CTPM2_area_limit` bytes each; `point` is 0x04, x, y.
uint32_t CTPM2_make_key(CTPM2Connection *connection, uint32_t pcrs, uint8_t *public_area, size_t *public_count,
                        uint8_t *private_area, size_t *private_count, uint8_t point[CTPM2_point_count]);

/// ECDH with the key of those areas: the x coordinate of the shared point. What the TPM answers is encrypted on its way.
uint32_t CTPM2_agree(CTPM2Connection *connection, uint32_t pcrs, const uint8_t *public_area, size_t public_count,
                     const uint8_t *private_area, size_t private_count, const uint8_t peer[CTPM2_point_count],
                     uint8_t shared[32]);

/// Leaves nothing loaded in the TPM.
void CTPM2_close(CTPM2Connection *connection);

/// The words of tpm2-tss for a failure.
const char *CTPM2_reason(uint32_t failure);

#endif
