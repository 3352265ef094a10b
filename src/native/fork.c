#define _GNU_SOURCE
#include "fork.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <time.h>

#include "arena.h"
#include "descriptors.h"
#include "kernel.h"
#include "libc.h"
#include "locks.h"
#include "memory.h"
#include "proc.h"
#include "signals.h"
#include "threads.h"
#include "watches.h"

/* A thread is best copied while it waits, and cannot be copied while it takes a lock. How often to try to find all
 * threads in such a state, and the pause between attempts in nanoseconds. Trying again is better than repairing the
 * locks of a busy process, see locks_reown(). */
enum { MOMENTS = 60, MOMENTS_FOR_LOCKS = 1000, PAUSE = 200 * 1000 };

/* How long a copy may take to become whole, in milliseconds. */
enum { COPY_TIMEOUT = 10 * 1000 };

enum { STATUS_INCOMPLETE = 127 };

struct fork {
  struct arena arena;
  const char **doing;
  struct watch *watches;
  struct thread *threads;
  struct descriptor *descriptors;
  char *maps;
  /* Whether any attempt found a thread computing or taking a lock. Even if all are idle now, one may hold a lock. */
  bool busy;
  /* The pipe through which the copy reports that it is whole, or why it is not. */
  int report[2];
};

static bool has_shadow_stack(void) {
  uint64_t features = 0;
#if defined(__x86_64__)
  enum { ARCH_SHSTK_STATUS = 0x5005 };
  return kernel_call(__NR_arch_prctl, ARCH_SHSTK_STATUS, &features) == 0 && features != 0;
#else
  enum { PR_GET_SHADOW_STACK_STATUS_ = 74 };
  return kernel_call(__NR_prctl, PR_GET_SHADOW_STACK_STATUS_, &features, 0, 0, 0) == 0 && features != 0;
#endif
}

const char *process_prepare(void) {
  /* The shadow stack of another thread cannot be recreated. */
  if (has_shadow_stack()) return "it has a shadow stack";
  locks_prepare();
  return libc_prepare();
}

static long check_caller(struct fork *fork) {
  *fork->doing = "a worker thread cannot fork";
  if (kernel_call(__NR_getpid) != kernel_call(__NR_gettid)) return -EPERM;
  *fork->doing = "a POSIX timer cannot be copied";
  char *timers;
  /* A kernel without this file cannot list timers. Assume that there are none. */
  long error = proc_read(&fork->arena, "/proc/self/timers", &timers);
  return error || *timers == 0 ? 0 : -ENOTSUP;
}

static long park(struct fork *fork) {
  static const struct timespec pause = {.tv_nsec = PAUSE};
  *fork->doing = "a thread could not be stopped";
  for (int moment = 1;; ++moment) {
    long error = threads_park(&fork->arena, &fork->threads);
    if (error) return error;
    bool taking = locks_are_being_taken(fork->threads);
    bool idle = threads_are_idle(fork->threads);
    if (!idle || taking) fork->busy = true;
    if (!taking && (idle || moment >= MOMENTS)) return 0;
    threads_release();
    *fork->doing = "a thread was taking a lock at every attempt";
    if (moment == MOMENTS_FOR_LOCKS) return -EAGAIN;
    *fork->doing = "a thread could not be stopped";
    kernel_call(__NR_nanosleep, &pause, NULL);
  }
}

/* Call this with all threads parked. */
static long note_state(struct fork *fork) {
  *fork->doing = "the state of a thread could not be copied";
  long error = threads_examine(&fork->arena, fork->threads);
  if (error) return error;
  *fork->doing = "the memory map could not be read";
  error = proc_read(&fork->arena, "/proc/self/maps", &fork->maps);
  if (error) return error;
  *fork->doing = "a descriptor could not be copied";
  error = descriptors_note(&fork->arena, fork->maps, fork->watches, &fork->descriptors);
  if (error) return error;
  *fork->doing = "V8's heap could not be copied";
  error = memory_include_in_fork(fork->maps);
  if (error) return error;
  *fork->doing = "the copy could not be watched";
  return kernel_call(__NR_pipe2, fork->report, O_CLOEXEC);
}

static long become_whole(struct fork *fork) {
  signals_forget();
  long error = threads_adopt_caller();
  if (!error) error = descriptors_renew(fork->descriptors);
  if (!error) error = threads_resurrect(&fork->arena, fork->threads);
  if (error) return error;
  if (fork->busy) error = locks_reown(fork->maps, fork->threads);
  return error ? error : threads_start();
}

/* In the copy. */
static void live(struct fork *fork) {
  kernel_call(__NR_close, fork->report[0]);
  long error = become_whole(fork);
  long written = kernel_call(__NR_write, fork->report[1], &error, sizeof error);
  if (error || written != sizeof error) kernel_call(__NR_exit_group, STATUS_INCOMPLETE);
  kernel_call(__NR_close, fork->report[1]);
}

/* Uses the pidfd if there is one (Linux 5.2): the copy may have ended, and if it is a sibling, it may have been reaped
 * and its pid reused. */
static void kill_copy(long pid, int pidfd) {
  if (pidfd < 0) {
    kernel_call(__NR_kill, pid, SIGKILL);
  } else {
    kernel_call(__NR_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
  }
}

/* In the caller: waits until the copy is whole. On failure, kills it and returns a negative errno. */
static long await_copy(struct fork *fork, long pid, int pidfd) {
  *fork->doing = "the copy could not be completed";
  struct pollfd poll = {.fd = fork->report[0], .events = POLLIN};
  struct timespec timeout = {.tv_sec = COPY_TIMEOUT / 1000};
  long ready = kernel_call(__NR_ppoll, &poll, 1, &timeout, NULL, KERNEL_MASK_BYTES);
  long error = ready == 0 ? -ETIMEDOUT : ready;
  if (ready > 0) {
    long bytes = kernel_call(__NR_read, fork->report[0], &error, sizeof error);
    /* End of file: the copy was killed. */
    if (bytes != sizeof error) error = bytes < 0 ? bytes : -ECHILD;
  }
  if (error) kill_copy(pid, pidfd);
  return error;
}

/* Call this with all threads parked. Returns what process_fork() returns, with the threads running again. */
static long copy(struct fork *fork, bool sibling) {
  long error = note_state(fork);
  long pid = error;
  int pidfd = -1;
  if (!error) {
    *fork->doing = "the process could not be cloned";
    /* Not fork(): libc would consider the other threads dead and their stacks free. */
    pid = kernel_call(__NR_clone, SIGCHLD | CLONE_PIDFD | (sibling ? CLONE_PARENT : 0), 0, &pidfd);
    if (pid == 0) {
      live(fork);
      return 0;
    }
  }
  descriptors_forget(fork->descriptors);
  threads_release();
  if (error) return error;
  kernel_call(__NR_close, fork->report[1]);
  if (pid > 0) error = await_copy(fork, pid, pidfd);
  if (pidfd >= 0) kernel_call(__NR_close, pidfd);
  kernel_call(__NR_close, fork->report[0]);
  return error ? error : pid;
}

long process_fork(bool sibling, struct uv_loop_s *loop, const char **doing) {
  struct fork fork = {.doing = doing};
  *doing = "the watched files could not be listed";
  long result = watches_list(&fork.arena, loop, &fork.watches);
  if (!result) result = check_caller(&fork);
  if (!result) {
    /* While the other threads are parked, no signal handler may run in this one: it could wait for one of them. */
    static const uint64_t all = ~(uint64_t)0;
    uint64_t former;
    kernel_set_mask(&all, &former);
    result = park(&fork);
    if (!result) result = copy(&fork, sibling);
    kernel_set_mask(&former, NULL);
  }
  arena_free(&fork.arena);
  return result;
}
