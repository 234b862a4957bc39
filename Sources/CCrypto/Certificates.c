#include "CCrypto.h"
#include "CertificateText.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

static int write_pem(X509 *certificate, EVP_PKEY *key, uint8_t *certificate_out, size_t *certificate_count,
                     uint8_t *key_out, size_t *key_count) {
  BIO *public = BIO_new(BIO_s_mem());
  BIO *private = BIO_new(BIO_s_secmem());
  int result = public != NULL && private != NULL && PEM_write_bio_X509(public, certificate) == 1 &&
               PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) == 1 &&
               CCrypto_take(public, certificate_out, certificate_count) && CCrypto_take(private, key_out, key_count);
  BIO_free(private);
  BIO_free(public);
  return result;
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  int result = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return result;
}

/// A certificate without extensions, its serial number random (RFC 5280, 4.1.2.2: positive, 20 octets at most).
static X509 *blank(const char *name, EVP_PKEY *key, X509_NAME *issuer, long days) {
  uint8_t serial[16];
  X509 *certificate = X509_new();
  BIGNUM *number = NULL;
  int result = 0;
  if (certificate != NULL && RAND_bytes(serial, sizeof serial) == 1) {
    serial[0] &= 0x7f;
    X509_NAME *subject = X509_get_subject_name(certificate);
    number = BN_bin2bn(serial, sizeof serial, NULL);
    result = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL &&
             X509_set_version(certificate, X509_VERSION_3) == 1 &&
             X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 &&
             X509_set_issuer_name(certificate, issuer == NULL ? subject : issuer) == 1 &&
             // An hour back: clocks differ.
             X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
             X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400L) != NULL &&
             X509_set_pubkey(certificate, key) == 1;
  }
  BN_free(number);
  if (result) return certificate;
  X509_free(certificate);
  return NULL;
}

int CCrypto_authority_create(const char *name, const char *permitted, long days, uint8_t *certificate_out,
                             size_t *certificate_count, uint8_t *key_out, size_t *key_count) {
  EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
  X509 *certificate = key == NULL ? NULL : blank(name, key, NULL, days);
  int result = certificate != NULL &&
               add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
               add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
               add_extension(certificate, certificate, NID_name_constraints, permitted) &&
               X509_sign(certificate, key, EVP_sha256()) > 0 &&
               write_pem(certificate, key, certificate_out, certificate_count, key_out, key_count);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return result;
}

static X509 *read_certificate(const uint8_t *pem, size_t count) {
  BIO *source = count > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)count);
  X509 *certificate = source == NULL ? NULL : PEM_read_bio_X509(source, NULL, NULL, NULL);
  BIO_free(source);
  return certificate;
}

/// No password is ever asked for: a key that needs one does not open.
static int no_password(char *buffer, int size, int writing, void *user) {
  (void)buffer, (void)size, (void)writing, (void)user;
  return -1;
}

static EVP_PKEY *read_private_key(const uint8_t *pem, size_t count) {
  BIO *source = count > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)count);
  EVP_PKEY *key = source == NULL ? NULL : PEM_read_bio_PrivateKey(source, NULL, no_password, NULL);
  BIO_free(source);
  return key;
}

int CCrypto_authority_issue(const uint8_t *authority_pem, size_t authority_count, const uint8_t *authority_key_pem,
                            size_t authority_key_count, const char *common_name, const char *names, long days,
                            uint8_t *certificate_out, size_t *certificate_count, uint8_t *key_out, size_t *key_count) {
  X509 *authority = read_certificate(authority_pem, authority_count);
  EVP_PKEY *authority_key = read_private_key(authority_key_pem, authority_key_count);
  EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
  X509 *certificate = NULL;
  if (authority != NULL && authority_key != NULL && key != NULL && X509_check_private_key(authority, authority_key) == 1) {
    certificate = blank(common_name, key, X509_get_subject_name(authority), days);
  }
  int result = certificate != NULL &&
               add_extension(certificate, authority, NID_basic_constraints, "critical,CA:FALSE") &&
               add_extension(certificate, authority, NID_key_usage, "critical,digitalSignature") &&
               add_extension(certificate, authority, NID_ext_key_usage, "serverAuth") &&
               add_extension(certificate, authority, NID_subject_key_identifier, "hash") &&
               add_extension(certificate, authority, NID_authority_key_identifier, "keyid:always") &&
               add_extension(certificate, authority, NID_subject_alt_name, names) &&
               X509_sign(certificate, authority_key, EVP_sha256()) > 0 &&
               write_pem(certificate, key, certificate_out, certificate_count, key_out, key_count);
  X509_free(certificate);
  EVP_PKEY_free(key);
  EVP_PKEY_free(authority_key);
  X509_free(authority);
  return result;
}

int CCrypto_certificate_days_left(const uint8_t *pem, size_t count, int *days) {
  X509 *certificate = read_certificate(pem, count);
  int seconds = 0;
  int result = certificate != NULL && ASN1_TIME_diff(days, &seconds, NULL, X509_get0_notAfter(certificate)) == 1;
  if (result && *days == 0 && seconds < 0) *days = -1;
  X509_free(certificate);
  return result;
}
