// The one place for the operating system calls that Swift cannot reach safely or at all, and for libcrypto's secure heap.
#ifndef KEYHOLD_CPLATFORM_H
#define KEYHOLD_CPLATFORM_H

#include <stddef.h>

#include "CPlatformSockets.h"

/// Gives `count` bytes, all zero and aligned to 16, for a secret: from the secret memory while that has room, else from
/// the ordinary heap. NULL where there is no memory at all.
void *CPlatform_allocate_secret(size_t count);

/// Overwrites what `CPlatform_allocate_secret` gave with zeros, and gives it back.
void CPlatform_free_secret(void *bytes, size_t count);

/// Sets up the secret memory of this process, once: libcrypto's secure heap, between guard pages, left out of core
/// dumps and locked. It is halved from `most` bytes (a power of two) until the system locks it.
///
/// For a program's main, before it holds any secret. Returns how many bytes are locked; 0, with the system's reason in
/// `refusal`, where it would not lock even `least` bytes (a power of two): that many are then set up unlocked.
size_t CPlatform_lock_secrets(size_t most, size_t least, int *refusal);

/// Locks all memory of this process, now and later, where the system sets no limit to that; tells whether it did.
int CPlatform_lock_everything(void);

/// How many bytes of the secret memory are taken.
size_t CPlatform_secrets_in_use(void);

/// Keeps the memory of this process out of core dumps and away from debuggers of the same user.
///
/// For a program's main, before it holds any secret. Returns 0, or the errno of what the system refused.
int CPlatform_forbid_core_dumps(void);

/// Closes every descriptor beyond the three standard ones, whoever left them open. For a program's main.
void CPlatform_close_inherited(void);

#endif
