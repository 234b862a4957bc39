// The one place for the operating system calls that Swift cannot reach safely or at all.
#ifndef KEYHOLD_CPLATFORM_H
#define KEYHOLD_CPLATFORM_H

#include <stddef.h>

/// Overwrites `count` bytes at `bytes` with zeros; the compiler may not leave it out.
void CPlatform_wipe(void *bytes, size_t count);

#endif
