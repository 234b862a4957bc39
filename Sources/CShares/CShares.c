#include "CShares.h"

#include <libgfshare.h>
#include <limits.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

/// Whether the generator ever failed this thread since it began to split: libgfshare cannot be told.
static _Thread_local int lacks_randomness;

static void fill(unsigned char *output, unsigned int count) {
  if (count <= INT_MAX && RAND_priv_bytes(output, (int)count) == 1) return;
  memset(output, 0, count);
  lacks_randomness = 1;
}

static void set_randomness(void) { gfshare_fill_rand = fill; }

static int prepare(const uint8_t *numbers, uint8_t share_count, size_t count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (pthread_once(&once, set_randomness) != 0 || share_count == 0 || count == 0 || count > INT_MAX / 256) return 0;
  // Number 0 would be the secret itself, and the same number twice divides by zero.
  uint8_t is_used[256] = {1};
  for (unsigned i = 0; i < share_count; i++) {
    if (is_used[numbers[i]]) return 0;
    is_used[numbers[i]] = 1;
  }
  return 1;
}

int CShares_split(const uint8_t *secret, size_t count, uint8_t threshold, const uint8_t *numbers, uint8_t share_count,
                  uint8_t *shares) {
  if (!prepare(numbers, share_count, count) || threshold < 2 || threshold > share_count) return 0;
  lacks_randomness = 0;
  gfshare_ctx *context = gfshare_ctx_init_enc((unsigned char *)numbers, share_count, threshold, (unsigned)count);
  if (context == NULL) return 0;
  gfshare_ctx_enc_setsecret(context, (unsigned char *)secret);
  for (unsigned i = 0; i < share_count; i++) {
    gfshare_ctx_enc_getshare(context, (unsigned char)i, shares + i * count);
  }
  // Overwrites what it held of the secret.
  gfshare_ctx_free(context);
  if (lacks_randomness) explicit_bzero(shares, count * share_count);
  return !lacks_randomness;
}

int CShares_join(const uint8_t *numbers, const uint8_t *shares, uint8_t share_count, size_t count, uint8_t *secret) {
  if (!prepare(numbers, share_count, count)) return 0;
  gfshare_ctx *context = gfshare_ctx_init_dec((unsigned char *)numbers, share_count, (unsigned)count);
  if (context == NULL) return 0;
  for (unsigned i = 0; i < share_count; i++) {
    gfshare_ctx_dec_giveshare(context, (unsigned char)i, (unsigned char *)shares + i * count);
  }
  gfshare_ctx_dec_extract(context, secret);
  gfshare_ctx_free(context);
  return 1;
}
