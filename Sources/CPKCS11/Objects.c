#include "Module.h"

#include <string.h>

/// A template under construction, with the values that its attributes point to.
typedef struct {
  CK_ATTRIBUTE list[24];
  CK_ULONG count;
  CK_OBJECT_CLASS object_class;
  CK_KEY_TYPE key_type;
  CK_ULONG length;
  CK_ATTRIBUTE inner[2];
} Attributes;

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static unsigned char exponent[] = {1, 0, 1};

static void add(Attributes *attributes, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG count) {
  CK_ATTRIBUTE attribute = {type, (void *)value, count};
  attributes->list[attributes->count++] = attribute;
}

static void add_flag(Attributes *attributes, CK_ATTRIBUTE_TYPE type, int value) {
  add(attributes, type, value ? &yes : &no, sizeof yes);
}

static void describe(Attributes *attributes, CK_OBJECT_CLASS object_class, const CPKCS11Template *wanted) {
  memset(attributes, 0, sizeof *attributes);
  attributes->object_class = object_class;
  attributes->key_type = wanted->key_type;
  int is_secret = object_class == CKO_SECRET_KEY;
  add(attributes, CKA_CLASS, &attributes->object_class, sizeof attributes->object_class);
  add(attributes, CKA_KEY_TYPE, &attributes->key_type, sizeof attributes->key_type);
  add_flag(attributes, CKA_TOKEN, wanted->is_token);
  add_flag(attributes, CKA_PRIVATE, 1);
  add_flag(attributes, CKA_SENSITIVE, 1);
  add_flag(attributes, CKA_EXTRACTABLE, wanted->is_extractable);
  add_flag(attributes, CKA_DECRYPT, (wanted->uses & CPKCS11_DECRYPT) != 0);
  add_flag(attributes, CKA_UNWRAP, (wanted->uses & CPKCS11_UNWRAP) != 0);
  add_flag(attributes, CKA_SIGN, (wanted->uses & CPKCS11_SIGN) != 0);
  add_flag(attributes, CKA_DERIVE, (wanted->uses & CPKCS11_DERIVE) != 0);
  if (is_secret) {
    add_flag(attributes, CKA_ENCRYPT, (wanted->uses & CPKCS11_ENCRYPT) != 0);
    add_flag(attributes, CKA_WRAP, (wanted->uses & CPKCS11_WRAP) != 0);
    add_flag(attributes, CKA_VERIFY, 0);
  }
  if (wanted->id_count > 0) add(attributes, CKA_ID, wanted->id, wanted->id_count);
  if (wanted->label != NULL) add(attributes, CKA_LABEL, wanted->label, strlen(wanted->label));
}

static void limit_unwrapping(Attributes *attributes) {
  CK_ATTRIBUTE sensitive = {CKA_SENSITIVE, &yes, sizeof yes}, extractable = {CKA_EXTRACTABLE, &no, sizeof no};
  attributes->inner[0] = sensitive;
  attributes->inner[1] = extractable;
  add(attributes, CKA_UNWRAP_TEMPLATE, attributes->inner, sizeof attributes->inner);
}

CPKCS11Result CPKCS11_generate_key(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                                   const CPKCS11Template *wanted, size_t key_byte_count, CPKCS11Number *key) {
  Attributes attributes;
  CPKCS11Mechanism generator;
  CPKCS11_set_up(&generator, mechanism, CPKCS11_NO_PARAMETERS);
  describe(&attributes, CKO_SECRET_KEY, wanted);
  // A cipher with keys of one length takes no length.
  attributes.length = key_byte_count;
  if (key_byte_count > 0) add(&attributes, CKA_VALUE_LEN, &attributes.length, sizeof attributes.length);
  // Keeps a key of the token as it is: else whoever has the PIN gives it another use.
  if (wanted->is_token) add_flag(&attributes, CKA_MODIFIABLE, 0);
  if (wanted->forbids_copies) add_flag(&attributes, CKA_COPYABLE, 0);
  if (wanted->unwraps_unextractable) limit_unwrapping(&attributes);
  return CPKCS11_CALL(module, C_GenerateKey, session, &generator.mechanism, attributes.list, attributes.count, key);
}

CPKCS11Result CPKCS11_generate_pair(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                                    const CPKCS11Template *wanted, size_t modulus_bits, const uint8_t *curve,
                                    size_t curve_count, CPKCS11Number *public_key, CPKCS11Number *private_key) {
  Attributes private_half, public_half;
  CPKCS11Mechanism generator;
  CPKCS11_set_up(&generator, mechanism, CPKCS11_NO_PARAMETERS);
  describe(&private_half, CKO_PRIVATE_KEY, wanted);
  // As with secret keys that stay.
  if (wanted->is_token) add_flag(&private_half, CKA_MODIFIABLE, 0);
  if (wanted->forbids_copies) add_flag(&private_half, CKA_COPYABLE, 0);
  memset(&public_half, 0, sizeof public_half);
  public_half.object_class = CKO_PUBLIC_KEY;
  public_half.key_type = wanted->key_type;
  public_half.length = modulus_bits;
  add(&public_half, CKA_CLASS, &public_half.object_class, sizeof public_half.object_class);
  add(&public_half, CKA_KEY_TYPE, &public_half.key_type, sizeof public_half.key_type);
  add_flag(&public_half, CKA_TOKEN, 0);
  add_flag(&public_half, CKA_ENCRYPT, (wanted->uses & CPKCS11_DECRYPT) != 0);
  add_flag(&public_half, CKA_VERIFY, (wanted->uses & CPKCS11_SIGN) != 0);
  add_flag(&public_half, CKA_WRAP, (wanted->uses & CPKCS11_UNWRAP) != 0);
  if (curve == NULL) {
    add(&public_half, CKA_MODULUS_BITS, &public_half.length, sizeof public_half.length);
    add(&public_half, CKA_PUBLIC_EXPONENT, exponent, sizeof exponent);
  } else {
    add(&public_half, CKA_EC_PARAMS, curve, curve_count);
  }
  return CPKCS11_CALL(module, C_GenerateKeyPair, session, &generator.mechanism, public_half.list, public_half.count,
                      private_half.list, private_half.count, public_key, private_key);
}

CPKCS11Result CPKCS11_attribute(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number object,
                                CPKCS11Number type, void *value, size_t *count) {
  CK_ATTRIBUTE attribute = {type, value, *count};
  CK_RV result = CPKCS11_CALL(module, C_GetAttributeValue, session, object, &attribute, 1);
  *count = result == CKR_OK ? attribute.ulValueLen : 0;
  return result;
}

CPKCS11Result CPKCS11_find_keys(CPKCS11Module *module, CPKCS11Number session, int is_private, const uint8_t *id,
                                size_t id_count, CPKCS11Number *keys, size_t *count) {
  CK_OBJECT_CLASS object_class = is_private ? CKO_PRIVATE_KEY : CKO_SECRET_KEY;
  CK_ATTRIBUTE wanted[] = {
      {CKA_CLASS, &object_class, sizeof object_class},
      {CKA_TOKEN, &yes, sizeof yes},
      {CKA_ID, (void *)id, id_count},
  };
  CK_ULONG found = 0;
  CK_RV result = CPKCS11_CALL(module, C_FindObjectsInit, session, wanted, sizeof wanted / sizeof *wanted);
  if (result == CKR_OK) {
    result = CPKCS11_CALL(module, C_FindObjects, session, keys, *count, &found);
    CK_RV end = CPKCS11_CALL(module, C_FindObjectsFinal, session);
    if (result == CKR_OK) result = end;
  }
  *count = result == CKR_OK ? found : 0;
  return result;
}

CPKCS11Result CPKCS11_destroy(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number object) {
  return CPKCS11_CALL(module, C_DestroyObject, session, object);
}

CPKCS11Result CPKCS11_wrap(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                           CPKCS11Number wrapping_key, CPKCS11Number key, uint8_t *wrapped, size_t *count) {
  CPKCS11Mechanism wrapping;
  CPKCS11_set_up(&wrapping, mechanism, CPKCS11_NO_PARAMETERS);
  CK_ULONG written = *count;
  CK_RV result = CPKCS11_CALL(module, C_WrapKey, session, &wrapping.mechanism, wrapping_key, key, wrapped, &written);
  *count = result == CKR_OK ? written : 0;
  return result;
}

CPKCS11Result CPKCS11_unwrap(CPKCS11Module *module, CPKCS11Number session, CPKCS11Number mechanism,
                             CPKCS11Parameters parameters, CPKCS11Number unwrapping_key, const uint8_t *wrapped,
                             size_t wrapped_count, int is_private, const CPKCS11Template *wanted, CPKCS11Number *key) {
  Attributes attributes;
  CPKCS11Mechanism unwrapping;
  CPKCS11_set_up(&unwrapping, mechanism, parameters);
  describe(&attributes, is_private ? CKO_PRIVATE_KEY : CKO_SECRET_KEY, wanted);
  return CPKCS11_CALL(module, C_UnwrapKey, session, &unwrapping.mechanism, unwrapping_key, (unsigned char *)wrapped,
                      wrapped_count, attributes.list, attributes.count, key);
}
