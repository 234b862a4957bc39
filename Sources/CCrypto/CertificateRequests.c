#include "CCrypto.h"
#include "CertificateText.h"

#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct CCryptoRequest {
  X509_REQ *request;
  /// NULL once they are part of the request.
  GENERAL_NAMES *hosts;
};

CCryptoRequest *CCrypto_request_new(const uint8_t *public_key, size_t count) {
  const uint8_t *rest = public_key;
  EVP_PKEY *key = count > LONG_MAX ? NULL : d2i_PUBKEY(NULL, &rest, (long)count);
  CCryptoRequest *made = OPENSSL_zalloc(sizeof *made);
  int result = 0;
  if (made != NULL && key != NULL && rest == public_key + count) {
    made->request = X509_REQ_new();
    made->hosts = GENERAL_NAMES_new();
    result = made->request != NULL && made->hosts != NULL &&
             X509_REQ_set_version(made->request, X509_REQ_VERSION_1) == 1 &&
             X509_REQ_set_pubkey(made->request, key) == 1;
  }
  EVP_PKEY_free(key);
  if (result) return made;
  CCrypto_request_free(made);
  return NULL;
}

void CCrypto_request_free(CCryptoRequest *request) {
  if (request == NULL) return;
  GENERAL_NAMES_free(request->hosts);
  X509_REQ_free(request->request);
  OPENSSL_free(request);
}

int CCrypto_request_add_attribute(CCryptoRequest *request, const char *type, const uint8_t *value, size_t count,
                                  int joins) {
  X509_NAME *subject = X509_REQ_get_subject_name(request->request);
  // By its type, the library chooses the kind of string and judges its length.
  return count > 0 && count <= INT_MAX &&
         X509_NAME_add_entry_by_txt(subject, type, MBSTRING_UTF8, value, (int)count, -1, joins ? -1 : 0) == 1;
}

int CCrypto_request_add_host(CCryptoRequest *request, const uint8_t *name, size_t count) {
  GENERAL_NAME *host = GENERAL_NAME_new();
  ASN1_IA5STRING *text = ASN1_IA5STRING_new();
  if (request->hosts != NULL && host != NULL && text != NULL && count > 0 && count <= INT_MAX &&
      ASN1_STRING_set(text, name, (int)count) == 1) {
    GENERAL_NAME_set0_value(host, GEN_DNS, text);
    text = NULL;
    if (sk_GENERAL_NAME_push(request->hosts, host) > 0) return 1;
  }
  ASN1_IA5STRING_free(text);
  GENERAL_NAME_free(host);
  return 0;
}

/// Makes the alternative names an extension, once.
static int close_names(CCryptoRequest *request) {
  if (request->hosts == NULL) return 1;
  int result = 1;
  if (sk_GENERAL_NAME_num(request->hosts) > 0) {
    STACK_OF(X509_EXTENSION) *extensions = NULL;
    result = X509V3_add1_i2d(&extensions, NID_subject_alt_name, request->hosts, 0, X509V3_ADD_DEFAULT) == 1 &&
             X509_REQ_add_extensions(request->request, extensions) == 1;
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
  GENERAL_NAMES_free(request->hosts);
  request->hosts = NULL;
  return result;
}

int CCrypto_request_info(CCryptoRequest *request, uint8_t *der, size_t *count) {
  if (!close_names(request)) return 0;
  int length = i2d_re_X509_REQ_tbs(request->request, NULL);
  if (length <= 0 || (size_t)length > *count) return 0;
  *count = (size_t)length;
  return i2d_re_X509_REQ_tbs(request->request, &der) == length;
}

static int set_algorithm(X509_REQ *request, CCryptoSignature algorithm) {
  int nid = algorithm == CCRYPTO_RSA_PKCS1 ? NID_sha256WithRSAEncryption
            : algorithm == CCRYPTO_ECDSA   ? NID_ecdsa_with_SHA256
            : algorithm == CCRYPTO_SM2DSA  ? NID_SM2_with_SM3
                                           : NID_undef;
  X509_ALGOR *identifier = nid == NID_undef ? NULL : X509_ALGOR_new();
  // RFC 4055, 5 wants NULL parameters for RSA; RFC 5758, 3.2 none for ECDSA, and so does GB/T 33560 for SM2.
  int result = identifier != NULL &&
               X509_ALGOR_set0(identifier, OBJ_nid2obj(nid),
                               algorithm == CCRYPTO_RSA_PKCS1 ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1 &&
               X509_REQ_set1_signature_algo(request, identifier) == 1;
  X509_ALGOR_free(identifier);
  return result;
}

static int set_signature(X509_REQ *request, const uint8_t *signature, size_t count) {
  ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
  if (bits == NULL || count > INT_MAX || ASN1_BIT_STRING_set(bits, (uint8_t *)signature, (int)count) != 1) {
    ASN1_BIT_STRING_free(bits);
    return 0;
  }
  // Whole bytes: without this the library would drop zero bits at the end.
  bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
  bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
  X509_REQ_set0_signature(request, bits);
  return 1;
}

static int verifies(X509_REQ *request, CCryptoSignature algorithm) {
  if (algorithm == CCRYPTO_SM2DSA) X509_REQ_set0_distinguishing_id(request, CCrypto_sm2_signer());
  EVP_PKEY *key = X509_REQ_get0_pubkey(request);
  return key != NULL && X509_REQ_verify(request, key) == 1;
}

int CCrypto_request_pem(CCryptoRequest *request, CCryptoSignature algorithm, const uint8_t *signature,
                        size_t signature_count, uint8_t *pem, size_t *count) {
  BIO *sink = BIO_new(BIO_s_mem());
  int result = sink != NULL && close_names(request) && set_algorithm(request->request, algorithm) &&
               set_signature(request->request, signature, signature_count) &&
               verifies(request->request, algorithm) && PEM_write_bio_X509_REQ(sink, request->request) == 1 &&
               CCrypto_take(sink, pem, count);
  BIO_free(sink);
  return result;
}
