// Unix sockets in blocking calls, with their peers' credentials. Every function gives a negative errno for failure.
#ifndef KEYHOLD_CPLATFORM_SOCKETS_H
#define KEYHOLD_CPLATFORM_SOCKETS_H

#include <stddef.h>

/// The other side closed the connection.
#define CPLATFORM_ENDED 1

/// Connects to the socket at `path`; the descriptor. `patience` is in milliseconds.
int CPlatform_connect(const char *path, int patience);

/// Listens on a new socket at `path`, which gets that mode before anybody can connect; the descriptor.
/// `waiting` connections may wait to be accepted.
int CPlatform_listen(const char *path, unsigned mode, int waiting);

/// Waits for the next connection; the descriptor.
int CPlatform_accept(int listener);

/// Writes to `user` who connected, or listens, at the other end. 0 for success.
int CPlatform_peer_user(int descriptor, unsigned *user);

/// Reads exactly `count` bytes; 0, or `CPLATFORM_ENDED`. The other side may be silent for `patience` milliseconds.
int CPlatform_receive(int descriptor, void *bytes, size_t count, int patience);

/// Writes all bytes of both parts, of which the second may be empty; 0 for success, and no signal where the other side
/// is gone.
int CPlatform_send(int descriptor, const void *first, size_t first_count, const void *second, size_t second_count,
                   int patience);

#endif
