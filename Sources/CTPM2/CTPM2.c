#include "CTPM2.h"

#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

const uint32_t CTPM2_malformed = TSS2_ESYS_RC_MALFORMED_RESPONSE;

enum { number_count = 32 };

struct CTPM2Connection {
  TSS2_TCTI_CONTEXT *tcti;
  ESYS_CONTEXT *esys;
  ESYS_TR primary;
};

static void flush(CTPM2Connection *connection, ESYS_TR handle) {
  if (handle != ESYS_TR_NONE) Esys_FlushContext(connection->esys, handle);
}

/// The storage key of the TCG's templates for P-256, which every TPM makes anew from its owner seed alone.
static uint32_t make_primary(CTPM2Connection *connection) {
  TPM2B_PUBLIC template = {.publicArea = {
      .type = TPM2_ALG_ECC,
      .nameAlg = TPM2_ALG_SHA256,
      .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
      .parameters.eccDetail = {.symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB},
                               .scheme.scheme = TPM2_ALG_NULL,
                               .curveID = TPM2_ECC_NIST_P256,
                               .kdf.scheme = TPM2_ALG_NULL},
  }};
  TPM2B_SENSITIVE_CREATE sensitive = {0};
  TPM2B_DATA outside = {0};
  TPML_PCR_SELECTION creation = {0};
  return Esys_CreatePrimary(connection->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            &sensitive, &template, &outside, &creation, &connection->primary, NULL, NULL, NULL, NULL);
}

uint32_t CTPM2_open(const char *tcti, CTPM2Connection **result, uint8_t name[CTPM2_name_count]) {
  *result = NULL;
  CTPM2Connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return TSS2_ESYS_RC_MEMORY;
  connection->primary = ESYS_TR_NONE;
  TPM2B_NAME *found = NULL;
  TSS2_RC failure = Tss2_TctiLdr_Initialize(tcti, &connection->tcti);
  if (failure == 0) failure = Esys_Initialize(&connection->esys, connection->tcti, NULL);
  if (failure == 0) failure = make_primary(connection);
  if (failure == 0) failure = Esys_TR_GetName(connection->esys, connection->primary, &found);
  if (failure == 0 && found->size != CTPM2_name_count) failure = CTPM2_malformed;
  if (failure == 0) memcpy(name, found->name, CTPM2_name_count);
  Esys_Free(found);
  if (failure == 0) {
    *result = connection;
  } else {
    CTPM2_close(connection);
  }
  return failure;
}

void CTPM2_close(CTPM2Connection *connection) {
  if (connection->esys != NULL) {
    flush(connection, connection->primary);
    Esys_Finalize(&connection->esys);
  }
  if (connection->tcti != NULL) Tss2_TctiLdr_Finalize(&connection->tcti);
  free(connection);
}

/// A session salted to the primary key, so that whoever listens on the bus cannot decrypt what it encrypts.
static uint32_t start_session(CTPM2Connection *connection, TPM2_SE type, ESYS_TR *session) {
  TPMT_SYM_DEF symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
  TSS2_RC failure =
      Esys_StartAuthSession(connection->esys, connection->primary, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                            ESYS_TR_NONE, NULL, type, &symmetric, TPM2_ALG_SHA256, session);
  TPMA_SESSION attributes = TPMA_SESSION_CONTINUESESSION;
  if (type == TPM2_SE_HMAC) attributes |= TPMA_SESSION_ENCRYPT | TPMA_SESSION_DECRYPT;
  return failure != 0 ? failure : Esys_TRSess_SetAttributes(connection->esys, *session, attributes, 0xFF);
}

/// Lets a session stand for what the PCRs are at this moment.
static uint32_t bind_pcrs(CTPM2Connection *connection, ESYS_TR session, uint32_t pcrs) {
  TPML_PCR_SELECTION selection = {
      .count = 1,
      .pcrSelections = {{.hash = TPM2_ALG_SHA256,
                         .sizeofSelect = 3,
                         .pcrSelect = {(uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16)}}}};
  // Empty: the TPM takes the values that it has.
  TPM2B_DIGEST values = {0};
  return Esys_PolicyPCR(connection->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &values, &selection);
}

static uint32_t pcr_policy(CTPM2Connection *connection, uint32_t pcrs, TPM2B_DIGEST *policy) {
  ESYS_TR trial = ESYS_TR_NONE;
  TPM2B_DIGEST *digest = NULL;
  TSS2_RC failure = start_session(connection, TPM2_SE_TRIAL, &trial);
  if (failure == 0) failure = bind_pcrs(connection, trial, pcrs);
  if (failure == 0) {
    failure =
        Esys_PolicyGetDigest(connection->esys, trial, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest);
  }
  if (failure == 0) *policy = *digest;
  Esys_Free(digest);
  flush(connection, trial);
  return failure;
}

/// 0x04, x, y; the TPM leaves out leading zeros of its numbers.
static uint32_t write_point(const TPMS_ECC_POINT *point, uint8_t output[CTPM2_point_count]) {
  if (point->x.size > number_count || point->y.size > number_count) return CTPM2_malformed;
  memset(output, 0, CTPM2_point_count);
  output[0] = 4;
  memcpy(output + 1 + number_count - point->x.size, point->x.buffer, point->x.size);
  memcpy(output + CTPM2_point_count - point->y.size, point->y.buffer, point->y.size);
  return 0;
}

uint32_t CTPM2_make_key(CTPM2Connection *connection, uint32_t pcrs, uint8_t *public_area, size_t *public_count,
                        uint8_t *private_area, size_t *private_count, uint8_t point[CTPM2_point_count]) {
  TPM2B_PUBLIC template = {.publicArea = {
      .type = TPM2_ALG_ECC,
      .nameAlg = TPM2_ALG_SHA256,
      .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_NODA | TPMA_OBJECT_DECRYPT,
      .parameters.eccDetail = {.symmetric.algorithm = TPM2_ALG_NULL,
                               .scheme.scheme = TPM2_ALG_NULL,
                               .curveID = TPM2_ECC_NIST_P256,
                               .kdf.scheme = TPM2_ALG_NULL},
  }};
  TPM2B_SENSITIVE_CREATE sensitive = {0};
  TPM2B_DATA outside = {0};
  TPML_PCR_SELECTION creation = {0};
  ESYS_TR session = ESYS_TR_NONE;
  TPM2B_PRIVATE *private_part = NULL;
  TPM2B_PUBLIC *public_part = NULL;
  TSS2_RC failure = 0;
  if (pcrs == 0) {
    template.publicArea.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
  } else {
    failure = pcr_policy(connection, pcrs, &template.publicArea.authPolicy);
  }
  if (failure == 0) failure = start_session(connection, TPM2_SE_HMAC, &session);
  if (failure == 0) {
    failure = Esys_Create(connection->esys, connection->primary, session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                          &template, &outside, &creation, &private_part, &public_part, NULL, NULL, NULL);
  }
  *public_count = *private_count = 0;
  if (failure == 0) {
    failure = Tss2_MU_TPM2B_PUBLIC_Marshal(public_part, public_area, CTPM2_area_limit, public_count);
  }
  if (failure == 0) {
    failure = Tss2_MU_TPM2B_PRIVATE_Marshal(private_part, private_area, CTPM2_area_limit, private_count);
  }
  if (failure == 0) failure = write_point(&public_part->publicArea.unique.ecc, point);
  Esys_Free(private_part);
  Esys_Free(public_part);
  flush(connection, session);
  return failure;
}

static uint32_t load(CTPM2Connection *connection, ESYS_TR session, const uint8_t *public_area, size_t public_count,
                     const uint8_t *private_area, size_t private_count, ESYS_TR *key) {
  TPM2B_PUBLIC public_part = {0};
  TPM2B_PRIVATE private_part = {0};
  size_t public_end = 0, private_end = 0;
  TSS2_RC failure = Tss2_MU_TPM2B_PUBLIC_Unmarshal(public_area, public_count, &public_end, &public_part);
  if (failure == 0) {
    failure = Tss2_MU_TPM2B_PRIVATE_Unmarshal(private_area, private_count, &private_end, &private_part);
  }
  if (failure == 0 && (public_end != public_count || private_end != private_count)) failure = CTPM2_malformed;
  if (failure != 0) return failure;
  return Esys_Load(connection->esys, connection->primary, session, ESYS_TR_NONE, ESYS_TR_NONE, &private_part,
                   &public_part, key);
}

uint32_t CTPM2_agree(CTPM2Connection *connection, uint32_t pcrs, const uint8_t *public_area, size_t public_count,
                     const uint8_t *private_area, size_t private_count, const uint8_t peer[CTPM2_point_count],
                     uint8_t shared[32]) {
  ESYS_TR session = ESYS_TR_NONE, policy = ESYS_TR_NONE, key = ESYS_TR_NONE;
  TPM2B_ECC_POINT in = {.point = {.x.size = number_count, .y.size = number_count}};
  memcpy(in.point.x.buffer, peer + 1, number_count);
  memcpy(in.point.y.buffer, peer + 1 + number_count, number_count);
  TPM2B_ECC_POINT *out = NULL;
  TSS2_RC failure = start_session(connection, TPM2_SE_HMAC, &session);
  if (failure == 0) {
    failure = load(connection, session, public_area, public_count, private_area, private_count, &key);
  }
  if (failure == 0 && pcrs != 0) failure = start_session(connection, TPM2_SE_POLICY, &policy);
  if (failure == 0 && pcrs != 0) failure = bind_pcrs(connection, policy, pcrs);
  if (failure == 0) {
    // Without a policy the one session authorises and encrypts; with one, it encrypts beside it.
    failure = Esys_ECDH_ZGen(connection->esys, key, pcrs == 0 ? session : policy, pcrs == 0 ? ESYS_TR_NONE : session,
                             ESYS_TR_NONE, &in, &out);
  }
  uint8_t point[CTPM2_point_count];
  if (failure == 0) failure = write_point(&out->point, point);
  if (failure == 0) memcpy(shared, point + 1, number_count);
  explicit_bzero(point, sizeof point);
  if (out != NULL) explicit_bzero(out, sizeof *out);
  Esys_Free(out);
  flush(connection, policy);
  flush(connection, key);
  flush(connection, session);
  return failure;
}

const char *CTPM2_reason(uint32_t failure) { return Tss2_RC_Decode(failure); }
