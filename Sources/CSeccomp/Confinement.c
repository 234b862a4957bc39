#define _GNU_SOURCE
#include "CSeccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// No thread can be made, so that all must run before the filter is loaded.
static const int allowed[] = {
    // Connections, and the files that are open already.
    SCMP_SYS(accept4), SCMP_SYS(getsockopt), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fsync), SCMP_SYS(close),
    // Memory; mapping and protecting it are limited below.
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    // Waiting, time, randomness.
    SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(restart_syscall), SCMP_SYS(getrandom), SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    // Signals to itself, and the end.
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

// glibc's allocator looks into /proc when it gives memory back, and goes on where it may not; its newest versions name
// their memory by prctl.
static const int refused[] = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(prctl)};

static int add_rules(scmp_filter_ctx filter) {
  int result = 0;
  for (size_t index = 0; result == 0 && index < sizeof allowed / sizeof *allowed; index++) {
    result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[index], 0);
  }
  for (size_t index = 0; result == 0 && index < sizeof refused / sizeof *refused; index++) {
    result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[index], 0);
  }
  if (result == 0) {
    result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                              SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
  }
  if (result == 0) {
    result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }
  // abort(3) signals its own process.
  if (result == 0) {
    result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
  }
  return result;
}

int CSeccomp_confine(void) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == NULL) return ENOMEM;
  int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (result == 0) result = add_rules(filter);
  if (result == 0) result = seccomp_load(filter);
  seccomp_release(filter);
  return -result;
}

// Whether the attempt succeeded.
static int attempt_now(CSeccompAttempt attempt) {
  char byte;
  struct iovec here = {&byte, 1};
  char *const arguments[] = {"/bin/true", NULL};
  switch (attempt) {
  case CSECCOMP_OPEN: return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0;
  case CSECCOMP_CREATE: return open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) >= 0;
  case CSECCOMP_SOCKET: return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
  case CSECCOMP_UNIX_SOCKET: return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
  case CSECCOMP_EXECUTE: return execve(arguments[0], arguments, NULL) == 0;
  case CSECCOMP_FORK: return fork() >= 0;
  case CSECCOMP_TRACE: return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
  case CSECCOMP_READ_MEMORY: return process_vm_readv(getpid(), &here, 1, &here, 1, 0) >= 0;
  case CSECCOMP_SIGNAL: return kill(getppid(), 0) == 0;
  case CSECCOMP_EXECUTABLE_MEMORY:
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
  }
  return 0;
}

CSeccompOutcome CSeccomp_try(CSeccompAttempt attempt) {
  enum { succeeded = 0, failed = 10, unconfined = 11 };
  const pid_t child = fork();
  if (child < 0) return CSECCOMP_UNTRIED;
  if (child == 0) {
    if (CSeccomp_confine() != 0) _exit(unconfined);
    _exit(attempt_now(attempt) ? succeeded : failed);
  }
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return CSECCOMP_UNTRIED;
  }
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? CSECCOMP_KILLED : CSECCOMP_UNTRIED;
  if (WEXITSTATUS(status) == failed) return CSECCOMP_REFUSED;
  return WEXITSTATUS(status) == succeeded ? CSECCOMP_ALLOWED : CSECCOMP_UNTRIED;
}
