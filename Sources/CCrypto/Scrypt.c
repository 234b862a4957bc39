#include "CCrypto.h"

#include <openssl/evp.h>

int CCrypto_scrypt(const void *password, size_t password_count, const void *salt, size_t salt_count, uint64_t cost,
                   uint64_t block_size, uint64_t parallelization, void *output, size_t output_count) {
  // What RFC 7914 needs, and a little for the library itself; its own limit is 32 MiB.
  uint64_t memory = 128 * block_size * (cost + parallelization + 2) + (1 << 20);
  return EVP_PBE_scrypt(password, password_count, salt, salt_count, cost, block_size, parallelization, memory, output,
                        output_count) == 1;
}
