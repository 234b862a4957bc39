// The one place for the operating system calls that Swift cannot reach safely or at all.
#ifndef KEYHOLD_CPLATFORM_H
#define KEYHOLD_CPLATFORM_H

#include <stddef.h>

/// Overwrites `count` bytes at `bytes` with zeros; the compiler may not leave it out.
void CPlatform_wipe(void *bytes, size_t count);

/// Keeps the memory of this process out of core dumps and away from debuggers of the same user.
///
/// For a program's main, before it holds any secret. Returns 0, or the errno of what the system refused.
int CPlatform_forbid_core_dumps(void);

#endif
