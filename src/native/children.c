#define _GNU_SOURCE
#include "children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "background.h"

static struct ending describe(const siginfo_t *info) {
  bool exited = info->si_code == CLD_EXITED;
  return (struct ending){.code = exited ? info->si_status : -1, .signal = exited ? -1 : info->si_status};
}

long child_reap(pid_t pid, struct ending *ending) {
  siginfo_t info = {0};
  while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) != 0) {
    if (errno != EINTR) return -errno;
  }
  if (info.si_pid == 0) return 0;
  *ending = describe(&info);
  return 1;
}

long child_state(pid_t pid) {
  siginfo_t info = {0};
  while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno != EINTR) return -errno;
  }
  return info.si_pid == 0 ? CHILD_RUNS : CHILD_HAS_ENDED;
}

static bool contains(const int32_t *pids, size_t count, pid_t pid) {
  for (size_t i = 0; i < count; ++i) {
    if (pids[i] == pid) return true;
  }
  return false;
}

/* Returns the pid of an ended child, the same one until it is reaped; 0 if there is none; or a negative errno. */
static long first_ended(void) {
  siginfo_t info = {0};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno == ECHILD) return 0;
    if (errno != EINTR) return -errno;
  }
  return info.si_pid;
}

long children_reap_orphans(const int32_t *kept, size_t count) {
  for (long reaped = 0;; ++reaped) {
    long pid = first_ended();
    if (pid <= 0) return pid < 0 ? pid : reaped;
    if (contains(kept, count, (pid_t)pid)) return -EAGAIN;
    struct ending ending;
    long error = child_reap((pid_t)pid, &ending);
    if (error < 0) return error;
  }
}

long children_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : -errno; }

long parent_death_signal(int signal, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0) return -errno;
  /* The parent may have died before the call. */
  return getppid() == parent ? 0 : -ESRCH;
}

struct deadline {
  int parent;
  struct timespec duration;
};

static void *enforce(void *argument) {
  struct deadline deadline = *(struct deadline *)argument;
  free(argument);
  struct pollfd poll_parent = {.fd = deadline.parent, .events = POLLIN};
  while (poll(&poll_parent, 1, -1) < 0 && errno == EINTR) continue;
  kill(getpid(), SIGTERM);
  while (nanosleep(&deadline.duration, &deadline.duration) != 0 && errno == EINTR) continue;
  kill(getpid(), SIGKILL);
  return NULL;
}

long parent_death_deadline(pid_t parent, uint32_t milliseconds) {
  struct deadline *deadline = malloc(sizeof *deadline);
  if (!deadline) return -ENOMEM;
  deadline->duration = (struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
  deadline->parent = (int)syscall(SYS_pidfd_open, parent, 0);
  long error = deadline->parent < 0 ? -errno : 0;
  if (!error) error = parent_death_signal(SIGCONT, parent);
  if (!error) error = background_start(enforce, deadline);
  if (error) {
    if (deadline->parent >= 0) close(deadline->parent);
    free(deadline);
  }
  return error;
}
