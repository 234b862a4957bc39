// What keyhold-hsm gives up once it serves, by a filter of system calls (seccomp(2), through libseccomp).
#ifndef KEYHOLD_CSECCOMP_H
#define KEYHOLD_CSECCOMP_H

/// Leaves every thread of this process, for ever, the system calls that serving needs: to accept connections on the
/// sockets that it has, to read and write what is open, to have memory that is not executable, to wait and to end.
///
/// Opening a file is answered with EACCES, because the C library itself tries to; every other call ends the process.
/// Returns 0, or the errno of what the system refused.
int CSeccomp_confine(void);

/// What a confined process might try.
typedef enum {
  CSECCOMP_OPEN,
  CSECCOMP_CREATE,
  CSECCOMP_SOCKET,
  CSECCOMP_UNIX_SOCKET,
  CSECCOMP_EXECUTE,
  CSECCOMP_FORK,
  CSECCOMP_TRACE,
  CSECCOMP_READ_MEMORY,
  CSECCOMP_SIGNAL,
  CSECCOMP_EXECUTABLE_MEMORY
} CSeccompAttempt;

typedef enum {
  /// Nothing stopped it.
  CSECCOMP_ALLOWED,
  CSECCOMP_REFUSED,
  CSECCOMP_KILLED,
  /// The process could not be confined, or not be made.
  CSECCOMP_UNTRIED
} CSeccompOutcome;

/// Has a child process confine itself and make the attempt. For a program that has one thread.
CSeccompOutcome CSeccomp_try(CSeccompAttempt attempt);

#endif
