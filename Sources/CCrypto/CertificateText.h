// What the files about certificates share. Private to this target.
#ifndef KEYHOLD_CCRYPTO_CERTIFICATE_TEXT_H
#define KEYHOLD_CCRYPTO_CERTIFICATE_TEXT_H

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <stddef.h>
#include <stdint.h>

/// Moves what a memory buffer holds to the caller's; fails where that is too small.
int CCrypto_take(BIO *source, uint8_t *output, size_t *count);

/// The signer's name that SM2 signatures are made with, 1234567812345678; a new one for whoever keeps it.
ASN1_OCTET_STRING *CCrypto_sm2_signer(void);

#endif
