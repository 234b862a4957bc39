#define _GNU_SOURCE
#include "CPlatform.h"

#include <string.h>

void CPlatform_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }
