#include "CCrypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

/// Random bytes drawn ahead by a thread for itself: a draw costs the same for 16 bytes as for a block.
static _Thread_local struct {
  uint8_t bytes[1024];
  size_t left;
  unsigned process;
} ahead;

/// Counts the forks that led to this process: a child must not hand out what its parent does.
static volatile unsigned process;
static int is_fork_watched;
static void count_fork(void) { process++; }
static void watch_fork(void) { is_fork_watched = pthread_atfork(NULL, NULL, count_fork) == 0; }

int CCrypto_random_public(void *output, size_t count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (count > 64 || pthread_once(&once, watch_fork) != 0 || !is_fork_watched) {
    return count <= INT_MAX && RAND_bytes(output, (int)count) == 1;
  }
  if (ahead.left < count || ahead.process != process) {
    ahead.left = 0;
    if (RAND_bytes(ahead.bytes, sizeof ahead.bytes) != 1) return 0;
    ahead.left = sizeof ahead.bytes;
    ahead.process = process;
  }
  // What is handed out does not stay here.
  ahead.left -= count;
  memcpy(output, ahead.bytes + ahead.left, count);
  OPENSSL_cleanse(ahead.bytes + ahead.left, count);
  return 1;
}

int CCrypto_random_private(void *output, size_t count) {
  return count <= INT_MAX && RAND_priv_bytes(output, (int)count) == 1;
}
