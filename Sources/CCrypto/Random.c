#include "CCrypto.h"

#include <limits.h>
#include <openssl/rand.h>

int CCrypto_random_public(void *output, size_t count) {
  return count <= INT_MAX && RAND_bytes(output, (int)count) == 1;
}

int CCrypto_random_private(void *output, size_t count) {
  return count <= INT_MAX && RAND_priv_bytes(output, (int)count) == 1;
}
