#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// Every block of the secure heap has this size or a power of two times it.
static const size_t smallest_block = 32;

// What this process may take of the secure heap. libcrypto draws from the same heap for its own secrets and fails where
// it is full, so a quarter is left to it.
static atomic_size_t share;
static atomic_size_t taken;

void *CPlatform_allocate_secret(size_t count) {
  const size_t limit = atomic_load_explicit(&share, memory_order_relaxed);
  if (count < limit && atomic_load_explicit(&taken, memory_order_relaxed) < limit - count) {
    void *bytes = OPENSSL_secure_zalloc(count);
    if (bytes != NULL) {
      atomic_fetch_add_explicit(&taken, CRYPTO_secure_actual_size(bytes), memory_order_relaxed);
      return bytes;
    }
  }
  return OPENSSL_zalloc(count);
}

void CPlatform_free_secret(void *bytes, size_t count) {
  if (CRYPTO_secure_malloc_initialized() && CRYPTO_secure_allocated(bytes)) {
    atomic_fetch_sub_explicit(&taken, CRYPTO_secure_actual_size(bytes), memory_order_relaxed);
    OPENSSL_secure_clear_free(bytes, count);
  } else {
    OPENSSL_clear_free(bytes, count);
  }
}

// The limit on locked memory, raised as far as the system lets this process.
static rlim_t lockable(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) getrlimit(RLIMIT_MEMLOCK, &limit);
  }
  return limit.rlim_cur;
}

size_t CPlatform_lock_secrets(size_t most, size_t least, int *refusal) {
  *refusal = 0;
  if (CRYPTO_secure_malloc_initialized()) return 0;
  lockable();
  for (size_t size = most; size >= least; size /= 2) {
    errno = 0;
    const int result = CRYPTO_secure_malloc_init(size, smallest_block);
    if (result != 1) *refusal = errno != 0 ? errno : ENOMEM;
    if (result == 1 || (result == 2 && size / 2 < least)) {
      atomic_store(&share, size / 4 * 3);
      return result == 1 ? size : 0;
    }
    if (result == 2) CRYPTO_secure_malloc_done();
  }
  return 0;
}

int CPlatform_lock_everything(void) {
  return lockable() == RLIM_INFINITY && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

size_t CPlatform_secrets_in_use(void) { return atomic_load(&taken); }

int CPlatform_forbid_core_dumps(void) {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  return 0;
}

void CPlatform_close_inherited(void) { closefrom(STDERR_FILENO + 1); }
