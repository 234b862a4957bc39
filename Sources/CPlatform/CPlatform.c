#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void CPlatform_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }

int CPlatform_forbid_core_dumps(void) {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  return 0;
}
