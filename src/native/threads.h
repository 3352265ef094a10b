/* All threads of the process but the calling one: stopped for the time of a fork, and made again in the copy. */
#ifndef SWARM_THREADS_H
#define SWARM_THREADS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "arena.h"

/* sched_getattr(2); its header collides with sched.h. */
struct scheduling {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

struct affinity {
  size_t bytes;
  unsigned long *cpus;
};

struct thread {
  struct thread *next;
  int tid;
  /* Not to be parked: it has exited, or is a helper of the kernel that takes no signals. */
  bool absent;
  /* Set last by the thread itself, when all that follows is there. */
  _Atomic bool parked;

  /* struct pthread, which pthread_t points to, and the thread pointer: the same on x86-64, but not on arm64. */
  char *self;
  char *thread_pointer;
  siginfo_t *info;
  ucontext_t *context;
  void *robust_list;
  size_t robust_list_bytes;
  /* Where the kernel writes 0 when the thread ends, for a thread that joins it. In glibc 2.43 this is not the tid
   * any more. */
  int *clear_address;
  char name[16];
  int seccomp;

  /* Only where they are not the caller's, which the copy inherits. */
  struct scheduling *scheduling;
  struct affinity *affinity;
};

/* ---- park.c */

/*
 * Stops every other thread in a signal handler, including those that are being born. The caller has all signals
 * blocked. 0, or a negative errno, and then all of them run again.
 */
long threads_park(struct arena *arena, struct thread **threads);

/* Whether each of them was waiting for something. One that was not may hold a lock that knows its owner. */
bool threads_are_idle(const struct thread *threads);

/* Lets them go on, and waits until each has left the handler: the next parking must not find one still in it. */
void threads_release(void);

/* In the copy, which has none in the handler: as after a release. 0 or a negative errno. */
long threads_forget_parking(void);

/* ---- resurrect.c */

/* Notes what the kernel keeps of each thread and a copy does not inherit. 0 or a negative errno. */
long threads_examine(struct arena *arena, struct thread *threads);

/* In the copy: the calling thread takes the place of the one that was copied. 0 or a negative errno. */
long threads_adopt_caller(void);

/* In the copy: makes every parked thread again. They wait. 0 or a negative errno; then the copy must exit. */
long threads_resurrect(struct arena *arena, struct thread *threads);

/* Lets the threads that were made again go on where they were parked. 0 or a negative errno; then the copy must exit.
 */
long threads_start(void);

#endif
