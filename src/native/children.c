#define _GNU_SOURCE
#include "children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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

static bool contains(const int32_t *pids, size_t count, pid_t pid) {
  for (size_t i = 0; i < count; ++i) {
    if (pids[i] == pid) return true;
  }
  return false;
}

long children_reap_orphans(const int32_t *kept, size_t count) {
  /* Waiting for any child would find the same kept one again and again, so they are listed. Only the main thread of
   * the supervisor makes children. */
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  FILE *file = fopen(path, "re");
  if (!file) return -errno;
  long reaped = 0;
  int pid;
  while (fscanf(file, "%d", &pid) == 1) {
    struct ending ending;
    if (!contains(kept, count, pid) && child_reap(pid, &ending) == 1) ++reaped;
  }
  fclose(file);
  return reaped;
}

long children_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : -errno; }

long parent_death_signal(int signal, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0) return -errno;
  /* It may have died just before. */
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
  if (!error && getppid() != parent) error = -ESRCH;
  if (!error) error = background_start(enforce, deadline);
  if (error) {
    if (deadline->parent >= 0) close(deadline->parent);
    free(deadline);
  }
  return error;
}
