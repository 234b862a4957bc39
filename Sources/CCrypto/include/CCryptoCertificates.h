// Certificate requests (PKCS#10, RFC 2986) and certificates (X.509, RFC 5280), as CCrypto.h says of all functions. Where
// one writes into a buffer, the count says how much that holds and then how much was written.
#ifndef KEYHOLD_CCRYPTO_CERTIFICATES_H
#define KEYHOLD_CCRYPTO_CERTIFICATES_H

#include <stddef.h>
#include <stdint.h>

// CertificateRequests.c
/// A request that is being put together; for one thread at a time. Whoever made it frees it.
typedef struct CCryptoRequest CCryptoRequest;

/// An empty request for a DER SubjectPublicKeyInfo, or NULL where libcrypto does not take that.
CCryptoRequest *CCrypto_request_new(const uint8_t *public_key, size_t count);
void CCrypto_request_free(CCryptoRequest *request);
/// Adds an attribute to the subject, the most significant first; `type` is the library's short name, such as "CN", the
/// value UTF-8 of a length that X.520 allows. One that joins belongs to the same relative name as the one before.
int CCrypto_request_add_attribute(CCryptoRequest *request, const char *type, const uint8_t *value, size_t count,
                                  int joins);
/// Adds an ASCII host name to the subject's alternative names.
int CCrypto_request_add_host(CCryptoRequest *request, const uint8_t *name, size_t count);
/// Writes the DER of the CertificationRequestInfo: what is signed. Nothing may be added afterwards.
int CCrypto_request_info(CCryptoRequest *request, uint8_t *der, size_t *count);
/// Writes the PEM of the request with its signature; fails unless that verifies. RSA means PKCS#1 v1.5.
int CCrypto_request_pem(CCryptoRequest *request, CCryptoSignature algorithm, const uint8_t *signature,
                        size_t signature_count, uint8_t *pem, size_t *count);

// CertificateReading.c
typedef struct x509_st CCryptoCertificate;

/// Reads a text of PEM blocks, each of them a certificate and nothing else. The count says how many there may be, then
/// how many there are, one at least.
int CCrypto_certificates_read(const uint8_t *pem, size_t pem_count, CCryptoCertificate **certificates, size_t *count);
void CCrypto_certificate_free(CCryptoCertificate *certificate);
/// Whether the certificate is for the key of this DER SubjectPublicKeyInfo.
int CCrypto_certificate_is_for(CCryptoCertificate *certificate, const uint8_t *public_key, size_t count);
/// Whether each certificate was issued by the one after it, by the rules of RFC 5280, 6.1, at a moment in seconds since
/// 1970. The last one is trusted.
int CCrypto_certificates_are_chained(CCryptoCertificate *const *certificates, size_t count, int64_t now);

typedef enum {
  CCRYPTO_CERTIFICATE_PEM,
  /// The names by RFC 2253, in UTF-8.
  CCRYPTO_CERTIFICATE_SUBJECT,
  CCRYPTO_CERTIFICATE_ISSUER,
  /// Hexadecimal digits.
  CCRYPTO_CERTIFICATE_SERIAL,
  /// The bytes of the subject's key identifier; none where the certificate has none.
  CCRYPTO_CERTIFICATE_KEY_IDENTIFIER,
  /// The host names among the subject's alternative names, a line feed behind each.
  CCRYPTO_CERTIFICATE_HOSTS,
} CCryptoCertificateField;

int CCrypto_certificate_field(CCryptoCertificate *certificate, CCryptoCertificateField field, uint8_t *output,
                              size_t *count);
/// The first and the last second of a certificate's validity, since 1970.
int CCrypto_certificate_validity(const CCryptoCertificate *certificate, int64_t *not_before, int64_t *not_after);

/// The UTF-8 text in the DER of a DirectoryString (RFC 5280, 4.1.2.4), and nothing behind it.
int CCrypto_directory_string(const uint8_t *der, size_t der_count, uint8_t *text, size_t *count);

#endif
