#define _GNU_SOURCE
#include "CSystem.h"

#include <string.h>

void CSystem_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }
