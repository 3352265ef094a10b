#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "kernel.h"
#include "libc.h"
#include "threads.h"

enum { STACK_BYTES = 4096 };

/* State of the forking thread, which the copy's main thread takes over. */
static struct {
  void *robust_list;
  size_t robust_list_bytes;
  int *clear_address;
} caller;

/* Tries larger and larger masks, because the number of cores is unknown. */
static long read_affinity(struct arena *arena, int tid, struct affinity *affinity) {
  for (size_t bytes = 128;; bytes *= 2) {
    affinity->cpus = arena_take(arena, bytes);
    if (!affinity->cpus) return -ENOMEM;
    long result = kernel_call(__NR_sched_getaffinity, tid, bytes, affinity->cpus);
    if (result == -EINVAL) continue;
    affinity->bytes = result < 0 ? 0 : (size_t)result;
    return result < 0 ? result : 0;
  }
}

static long examine(struct arena *arena, struct thread *thread, const struct scheduling *callers,
                    const struct affinity *cpus) {
  /* glibc did not create this thread, or its clear address is outside its struct pthread. */
  if (*libc_tid(thread->self) != thread->tid || !libc_contains(thread->self, thread->clear_address)) return -ENOTSUP;
  /* A thread with its own seccomp filter cannot be recreated. */
  if (thread->seccomp != kernel_call(__NR_prctl, PR_GET_SECCOMP)) return -ENOTSUP;

  thread->scheduling = arena_take(arena, sizeof *thread->scheduling);
  thread->affinity = arena_take(arena, sizeof *thread->affinity);
  if (!thread->scheduling || !thread->affinity) return -ENOMEM;
  long error = kernel_call(__NR_sched_getattr, thread->tid, thread->scheduling, sizeof *thread->scheduling, 0);
  if (!error) error = read_affinity(arena, thread->tid, thread->affinity);
  if (error) return error;
  if (memcmp(thread->scheduling, callers, sizeof *callers) == 0) thread->scheduling = NULL;
  if (thread->affinity->bytes == cpus->bytes && memcmp(thread->affinity->cpus, cpus->cpus, cpus->bytes) == 0) {
    thread->affinity = NULL;
  }
  return 0;
}

long threads_examine(struct arena *arena, struct thread *threads) {
  struct scheduling scheduling = {0};
  struct affinity affinity;
  long error = kernel_call(__NR_sched_getattr, 0, &scheduling, sizeof scheduling, 0);
  if (!error) error = read_affinity(arena, 0, &affinity);
  if (!error) error = kernel_call(__NR_get_robust_list, 0, &caller.robust_list, &caller.robust_list_bytes);
  if (!error) error = kernel_call(__NR_prctl, PR_GET_TID_ADDRESS, &caller.clear_address);
  for (struct thread *thread = threads; thread && !error; thread = thread->next) {
    if (!thread->absent) error = examine(arena, thread, &scheduling, &affinity);
  }
  return error;
}

long threads_adopt_caller(void) {
  *libc_tid((char *)pthread_self()) = (int)kernel_call(__NR_gettid);
  kernel_call(__NR_set_tid_address, caller.clear_address);
  return kernel_call(__NR_set_robust_list, caller.robust_list, caller.robust_list_bytes);
}

/* The threads of a copy wait for each other before they continue. */
static struct {
  /* 0: closed, 1: open; a futex. */
  _Atomic int gate;
  /* Counts threads that have not restored their state yet; a futex. */
  _Atomic int preparing;
  /* Counts threads that have not left their temporary stack yet. */
  _Atomic int leaving;
  _Atomic long error;
} gathering;

static long restore_state(struct thread *thread) {
  libc_register_rseq(thread->thread_pointer);
  long error = kernel_call(__NR_set_robust_list, thread->robust_list, thread->robust_list_bytes);
  if (!error) error = kernel_call(__NR_prctl, PR_SET_NAME, thread->name);
  if (!error && thread->affinity) {
    error = kernel_call(__NR_sched_setaffinity, 0, thread->affinity->bytes, thread->affinity->cpus);
  }
  if (!error && thread->scheduling) error = kernel_call(__NR_sched_setattr, 0, thread->scheduling, 0);
  return error;
}

/* Runs in each new thread, with all signals blocked, on a temporary stack. */
static void rise(void *argument) {
  struct thread *thread = argument;
  long error = restore_state(thread);
  if (error) atomic_store(&gathering.error, error);
  if (atomic_fetch_sub(&gathering.preparing, 1) == 1) kernel_wake_all(&gathering.preparing);
  while (atomic_load(&gathering.gate) == 0) kernel_wait(&gathering.gate, 0, NULL);
  kernel_resume(thread->info, thread->context, &gathering.leaving);
}

static long resurrect(struct arena *arena, struct thread *thread) {
  char *stack = arena_take(arena, STACK_BYTES);
  if (!stack) return -ENOMEM;
  atomic_fetch_add(&gathering.preparing, 1);
  atomic_fetch_add(&gathering.leaving, 1);
  unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND | CLONE_THREAD |
                        CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  long tid = kernel_clone_thread(flags, stack + STACK_BYTES, libc_tid(thread->self), thread->clear_address,
                                 thread->thread_pointer, rise, thread);
  return tid < 0 ? tid : 0;
}

long threads_resurrect(struct arena *arena, struct thread *threads) {
  /* The gate is still open if this process is itself a copy. */
  atomic_store(&gathering.gate, 0);
  atomic_store(&gathering.error, 0);
  for (struct thread *thread = threads; thread; thread = thread->next) {
    if (thread->absent) continue;
    long error = resurrect(arena, thread);
    if (error) return error;
  }
  for (int preparing; (preparing = atomic_load(&gathering.preparing)) > 0;) {
    kernel_wait(&gathering.preparing, preparing, NULL);
  }
  return atomic_load(&gathering.error);
}

long threads_start(void) {
  long error = threads_forget_parking();
  if (error) return error;
  atomic_store(&gathering.gate, 1);
  kernel_wake_all(&gathering.gate);
  /* The caller frees the temporary stacks next. A thread that has left its stack can no longer wake a futex, so poll:
   * leaving takes only a few instructions. */
  static const struct timespec moment = {.tv_nsec = 20 * 1000};
  while (atomic_load(&gathering.leaving) > 0) kernel_call(__NR_nanosleep, &moment, NULL);
  return 0;
}
