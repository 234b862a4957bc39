#define _GNU_SOURCE
#include "CPlatformSockets.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  strcpy(address->sun_path, path);
  return 0;
}

// Closes the socket and gives the reason that the last call left.
static int failed(int socket) {
  const int reason = errno;
  close(socket);
  return -reason;
}

int CPlatform_connect(const char *path, int patience) {
  struct sockaddr_un address;
  const int refusal = address_of(path, &address);
  if (refusal != 0) return refusal;
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  // A listener whose queue is full makes connect wait as long as sending may.
  const struct timeval time = {patience / 1000, patience % 1000 * 1000};
  if (setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0) return failed(descriptor);
  if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) return failed(descriptor);
  return descriptor;
}

int CPlatform_listen(const char *path, unsigned mode, int waiting) {
  struct sockaddr_un address;
  const int refusal = address_of(path, &address);
  if (refusal != 0) return refusal;
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  // Nobody may connect before the mode is what it shall be.
  const mode_t mask = umask(0177);
  const int bound = bind(descriptor, (const struct sockaddr *)&address, sizeof address);
  umask(mask);
  if (bound != 0 || chmod(path, mode) != 0 || listen(descriptor, waiting) != 0) return failed(descriptor);
  return descriptor;
}

int CPlatform_accept(int listener) {
  const int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int CPlatform_peer_user(int descriptor, unsigned *user) {
  struct ucred peer;
  socklen_t count = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &count) != 0) return -errno;
  *user = peer.uid;
  return 0;
}

// Waits until the socket is ready; 0, or a negative errno.
static int wait_for(int descriptor, short event, int patience) {
  struct pollfd wait = {descriptor, event, 0};
  int ready;
  do ready = poll(&wait, 1, patience);
  while (ready < 0 && errno == EINTR);
  return ready > 0 ? 0 : ready == 0 ? -ETIMEDOUT : -errno;
}

int CPlatform_receive(int descriptor, void *bytes, size_t count, int patience) {
  size_t done = 0;
  while (done < count) {
    const ssize_t part = recv(descriptor, (char *)bytes + done, count - done, MSG_DONTWAIT);
    if (part > 0) {
      done += (size_t)part;
    } else if (part == 0) {
      return CPLATFORM_ENDED;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      const int refusal = wait_for(descriptor, POLLIN, patience);
      if (refusal != 0) return refusal;
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  return 0;
}

int CPlatform_send(int descriptor, const void *first, size_t first_count, const void *second, size_t second_count,
                   int patience) {
  struct iovec parts[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = second_count > 0 ? 2 : 1};
  while (message.msg_iovlen > 0) {
    const ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      const int refusal = wait_for(descriptor, POLLOUT, patience);
      if (refusal != 0) return refusal;
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -errno;
    size_t rest = (size_t)sent;
    while (message.msg_iovlen > 0 && rest >= message.msg_iov->iov_len) {
      rest -= message.msg_iov->iov_len;
      message.msg_iov++;
      message.msg_iovlen--;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + rest;
      message.msg_iov->iov_len -= rest;
    }
  }
  return 0;
}
