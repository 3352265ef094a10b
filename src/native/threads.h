/* All threads of the process except the calling one: stopped during a fork, and recreated in the copy. */
#ifndef SWARM_THREADS_H
#define SWARM_THREADS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "arena.h"

/* struct sched_attr of sched_getattr(2). Its header conflicts with sched.h. */
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
  /* Cannot be parked: it has exited, or is a kernel helper that takes no signals. */
  bool absent;
  /* Set by the thread itself, after it has set the fields from `self` to `seccomp`. */
  _Atomic bool parked;

  /* struct pthread, which pthread_t points to, and the thread pointer: equal on x86-64, but not on arm64. */
  char *self;
  char *thread_pointer;
  siginfo_t *info;
  ucontext_t *context;
  void *robust_list;
  size_t robust_list_bytes;
  /* Where the kernel writes 0 when the thread ends, which wakes a thread that joins it. Since glibc 2.43 this is no
   * longer the tid field. */
  int *clear_address;
  char name[16];
  int seccomp;

  /* NULL if equal to the caller's, which the copy inherits. */
  struct scheduling *scheduling;
  struct affinity *affinity;
};

/* ---- park.c */

/*
 * Stops every other thread in a signal handler, including threads that are just starting. The caller must have blocked
 * all signals. Returns 0, or a negative errno with all threads running again.
 */
long threads_park(struct arena *arena, struct thread **threads);

/* Whether every thread was waiting for something. One that was not may hold a lock that records its owner. */
bool threads_are_idle(const struct thread *threads);

/* Releases the threads, and waits until each has left the handler: the next parking must not find one still in it. */
void threads_release(void);

/* In the copy, where no thread is in the handler: resets the parking as threads_release() would. Returns 0 or a
 * negative errno. */
long threads_forget_parking(void);

/* ---- resurrect.c */

/* Records the kernel's state of each thread that a copy does not inherit. Returns 0 or a negative errno. */
long threads_examine(struct arena *arena, struct thread *threads);

/* In the copy: gives the calling thread the identity of the thread that forked. Returns 0 or a negative errno. */
long threads_adopt_caller(void);

/* In the copy: recreates every parked thread. The threads wait for threads_start(). Returns 0 or a negative errno; on
 * failure the copy must exit. */
long threads_resurrect(struct arena *arena, struct thread *threads);

/* Lets the recreated threads continue where they were parked. Returns 0 or a negative errno; on failure the copy must
 * exit. */
long threads_start(void);

#endif
