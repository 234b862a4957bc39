#include "CCrypto.h"
#include "CertificateText.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

int CCrypto_take(BIO *source, uint8_t *output, size_t *count) {
  char *bytes = NULL;
  long length = BIO_get_mem_data(source, &bytes);
  if (length < 0 || (size_t)length > *count) return 0;
  if (length > 0) memcpy(output, bytes, (size_t)length);
  *count = (size_t)length;
  return 1;
}

ASN1_OCTET_STRING *CCrypto_sm2_signer(void) {
  ASN1_OCTET_STRING *signer = ASN1_OCTET_STRING_new();
  if (signer != NULL && ASN1_OCTET_STRING_set(signer, (const uint8_t *)"1234567812345678", 16) == 1) return signer;
  ASN1_OCTET_STRING_free(signer);
  return NULL;
}

/// The certificate in a PEM block, or NULL where the block is another thing or holds more.
static X509 *certificate_of(const char *label, const char *header, const uint8_t *der, long length) {
  const uint8_t *rest = der;
  if (strcmp(label, PEM_STRING_X509) != 0 || header[0] != '\0') return NULL;
  X509 *certificate = d2i_X509(NULL, &rest, length);
  if (certificate == NULL) return NULL;
  if (rest == der + length) {
    // Without it, the library would check such a signature for a signer without a name.
    if (X509_get_signature_nid(certificate) == NID_SM2_with_SM3) {
      X509_set0_distinguishing_id(certificate, CCrypto_sm2_signer());
    }
    return certificate;
  }
  X509_free(certificate);
  return NULL;
}

int CCrypto_certificates_read(const uint8_t *pem, size_t pem_count, CCryptoCertificate **certificates, size_t *count) {
  BIO *source = pem_count > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)pem_count);
  size_t room = *count, found = 0;
  int result = 0;
  while (source != NULL) {
    char *label = NULL, *header = NULL;
    uint8_t *der = NULL;
    long length = 0;
    ERR_clear_error();
    if (PEM_read_bio(source, &label, &header, &der, &length) != 1) {
      // The end, unless what is left begins like a block.
      unsigned long error = ERR_peek_last_error();
      result = found > 0 && ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
      break;
    }
    X509 *certificate = found < room ? certificate_of(label, header, der, length) : NULL;
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, length > 0 ? (size_t)length : 0);
    if (certificate == NULL) break;
    certificates[found++] = certificate;
  }
  ERR_clear_error();
  BIO_free(source);
  *count = found;
  if (result) return 1;
  while (found > 0) X509_free(certificates[--found]);
  *count = 0;
  return 0;
}

void CCrypto_certificate_free(CCryptoCertificate *certificate) { X509_free(certificate); }

int CCrypto_certificate_is_for(CCryptoCertificate *certificate, const uint8_t *public_key, size_t count) {
  const uint8_t *rest = public_key;
  EVP_PKEY *ours = count > LONG_MAX ? NULL : d2i_PUBKEY(NULL, &rest, (long)count);
  EVP_PKEY *theirs = X509_get0_pubkey(certificate);
  int result = ours != NULL && theirs != NULL && rest == public_key + count && EVP_PKEY_eq(ours, theirs) == 1;
  EVP_PKEY_free(ours);
  return result;
}

/// Whether the path that the library found is the one that was given: every certificate, in that order.
static int is_whole(X509_STORE_CTX *context, CCryptoCertificate *const *certificates, size_t count) {
  STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(context);
  if (path == NULL || sk_X509_num(path) != (int)count) return 0;
  for (size_t index = 0; index < count; index++) {
    if (X509_cmp(sk_X509_value(path, (int)index), certificates[index]) != 0) return 0;
  }
  return 1;
}

int CCrypto_certificates_are_chained(CCryptoCertificate *const *certificates, size_t count, int64_t now) {
  if (count < 2 || count > 100) return 0;
  X509_STORE *anchors = X509_STORE_new();
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  STACK_OF(X509) *between = sk_X509_new_null();
  int result = anchors != NULL && context != NULL && between != NULL &&
               X509_STORE_add_cert(anchors, certificates[count - 1]) == 1;
  for (size_t index = 1; result && index + 1 < count; index++) {
    result = sk_X509_push(between, certificates[index]) > 0;
  }
  if (result && X509_STORE_CTX_init(context, anchors, certificates[0], between) == 1) {
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    // The last certificate may be an intermediate one: the root is often left out.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(rules, (time_t)now);
    result = X509_verify_cert(context) == 1 && is_whole(context, certificates, count);
  } else {
    result = 0;
  }
  ERR_clear_error();
  sk_X509_free(between);
  X509_STORE_CTX_free(context);
  X509_STORE_free(anchors);
  return result;
}

static int print_name(BIO *sink, const X509_NAME *name) {
  // RFC 2253 leaves it open; UTF-8 reads better than escaped bytes.
  return X509_NAME_print_ex(sink, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0;
}

static int print_serial(BIO *sink, const ASN1_INTEGER *serial) {
  BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
  char *digits = number == NULL ? NULL : BN_bn2hex(number);
  int result = digits != NULL && BIO_puts(sink, digits) > 0;
  OPENSSL_free(digits);
  BN_free(number);
  return result;
}

static int print_hosts(BIO *sink, const X509 *certificate) {
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  int result = 1;
  for (int index = 0; result && index < sk_GENERAL_NAME_num(names); index++) {
    int kind = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, index), &kind);
    if (kind != GEN_DNS) continue;
    const uint8_t *text = ASN1_STRING_get0_data(value);
    int length = ASN1_STRING_length(value), is_name = length > 0;
    // A name with a byte that no host name has would be read as another one.
    for (int position = 0; position < length; position++) is_name &= text[position] > 0x20 && text[position] < 0x7f;
    if (is_name) result = BIO_write(sink, text, length) == length && BIO_write(sink, "\n", 1) == 1;
  }
  GENERAL_NAMES_free(names);
  return result;
}

static int print_key_identifier(BIO *sink, X509 *certificate) {
  const ASN1_OCTET_STRING *identifier = X509_get0_subject_key_id(certificate);
  int length = identifier == NULL ? 0 : ASN1_STRING_length(identifier);
  return length == 0 || BIO_write(sink, ASN1_STRING_get0_data(identifier), length) == length;
}

int CCrypto_certificate_field(CCryptoCertificate *certificate, CCryptoCertificateField field, uint8_t *output,
                              size_t *count) {
  BIO *sink = BIO_new(BIO_s_mem());
  int result = sink != NULL;
  if (result) {
    switch (field) {
    case CCRYPTO_CERTIFICATE_PEM: result = PEM_write_bio_X509(sink, certificate) == 1; break;
    case CCRYPTO_CERTIFICATE_SUBJECT: result = print_name(sink, X509_get_subject_name(certificate)); break;
    case CCRYPTO_CERTIFICATE_ISSUER: result = print_name(sink, X509_get_issuer_name(certificate)); break;
    case CCRYPTO_CERTIFICATE_SERIAL: result = print_serial(sink, X509_get0_serialNumber(certificate)); break;
    case CCRYPTO_CERTIFICATE_KEY_IDENTIFIER: result = print_key_identifier(sink, certificate); break;
    case CCRYPTO_CERTIFICATE_HOSTS: result = print_hosts(sink, certificate); break;
    default: result = 0;
    }
  }
  result = result && CCrypto_take(sink, output, count);
  BIO_free(sink);
  return result;
}

static int seconds_of(const ASN1_TIME *time, int64_t *seconds) {
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int days = 0, rest = 0, result = epoch != NULL && ASN1_TIME_diff(&days, &rest, epoch, time) == 1;
  if (result) *seconds = (int64_t)days * 86400 + rest;
  ASN1_TIME_free(epoch);
  return result;
}

int CCrypto_certificate_validity(const CCryptoCertificate *certificate, int64_t *not_before, int64_t *not_after) {
  return seconds_of(X509_get0_notBefore(certificate), not_before) &&
         seconds_of(X509_get0_notAfter(certificate), not_after);
}

int CCrypto_directory_string(const uint8_t *der, size_t der_count, uint8_t *text, size_t *count) {
  const uint8_t *rest = der;
  ASN1_STRING *value = der_count > LONG_MAX ? NULL : d2i_DIRECTORYSTRING(NULL, &rest, (long)der_count);
  uint8_t *utf8 = NULL;
  int length = value == NULL || rest != der + der_count ? -1 : ASN1_STRING_to_UTF8(&utf8, value);
  int result = length >= 0 && (size_t)length <= *count;
  if (result) {
    memcpy(text, utf8, (size_t)length);
    *count = (size_t)length;
  }
  OPENSSL_free(utf8);
  ASN1_STRING_free(value);
  ERR_clear_error();
  return result;
}
