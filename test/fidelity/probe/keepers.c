#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* Bits of keepers_faults(). */
enum {
  THREAD_ID = 1,
  NAME = 2,
  LOCAL_STORAGE = 4,
  SIGNAL_MASK = 8,
  SIGNAL_STACK = 16,
  AFFINITY = 32,
  PROCESSOR = 64,
  ROBUST_LIST = 128,
  NICENESS = 256,
  ERROR_NUMBER = 512,
  ROUNDING = 1024,
  LOCKS = 2048
};

enum { KEEPERS = 64, STACK_BYTES = 16384 };

static __thread long initialized = 0x5eed;
static __thread long number_of_this = -1;

static struct keeper {
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  enum { STARTING, WAITING, ASKED, TOLD_TO_END } state;
  long faults;
  int processor;
  char *stack;
  void *robust_list;
} keepers[KEEPERS];

static long keeper_count;

static int processor_at(long number) {
  cpu_set_t all;
  sched_getaffinity(getpid(), sizeof all, &all);
  for (int cpu = (int)(number % CPU_COUNT(&all)), i = 0;; ++i) {
    if (CPU_ISSET(i, &all) && cpu-- == 0) return i;
  }
}

static void pin(int processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  sched_setaffinity(0, sizeof one, &one);
}

long processor_faults(long unused) {
  (void)unused;
  cpu_set_t own, all;
  sched_getaffinity(0, sizeof own, &own);
  sched_getaffinity(getpid(), sizeof all, &all);
  long wrong = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &all)) continue;
    pin(cpu);
    wrong += sched_getcpu() != cpu;
  }
  sched_setaffinity(0, sizeof own, &own);
  return wrong;
}

static void *robust_list(void) {
  void *head = NULL;
  size_t bytes;
  syscall(SYS_get_robust_list, 0, &head, &bytes);
  return head;
}

/* Locks that check their owner must accept the thread's new id. */
static int locks_work(void) {
  static const int types[] = {PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_NORMAL};
  for (int i = 0; i < 6; ++i) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, types[i % 3]);
    if (i >= 3) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex, &attributes);
    if (pthread_mutex_lock(&mutex) != 0 || pthread_mutex_unlock(&mutex) != 0) return 0;
  }
  return 1;
}

static void set_up(struct keeper *keeper, long number) {
  char name[16];
  snprintf(name, sizeof name, "keeper %u", (unsigned)number % KEEPERS);
  pthread_setname_np(pthread_self(), name);
  number_of_this = number;
  initialized += number;
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGRTMIN + (int)(number % 8));
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  keeper->stack = malloc(STACK_BYTES);
  sigaltstack(&(stack_t){.ss_sp = keeper->stack, .ss_size = STACK_BYTES}, NULL);
  keeper->processor = processor_at(number);
  pin(keeper->processor);
  keeper->robust_list = robust_list();
  setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), (int)(1 + number % 4));
  fesetround(number % 2 ? FE_UPWARD : FE_DOWNWARD);
}

static long examine(const struct keeper *keeper, long number) {
  long faults = errno == 1000 + number ? 0 : ERROR_NUMBER;
  if (fegetround() != (number % 2 ? FE_UPWARD : FE_DOWNWARD)) faults |= ROUNDING;
  /* glibc derives the clock from the tid that it stores. */
  clockid_t clock;
  pthread_getcpuclockid(pthread_self(), &clock);
  if (~(clock >> 3) != syscall(SYS_gettid)) faults |= THREAD_ID;
  char name[16], wanted[16];
  snprintf(wanted, sizeof wanted, "keeper %u", (unsigned)number % KEEPERS);
  prctl(PR_GET_NAME, name);
  if (strcmp(name, wanted) != 0) faults |= NAME;
  if (number_of_this != number || initialized != 0x5eed + number) faults |= LOCAL_STORAGE;
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  for (int i = 0; i < 8; ++i) {
    if (sigismember(&mask, SIGRTMIN + i) != (i == number % 8)) faults |= SIGNAL_MASK;
  }
  if (sigismember(&mask, SIGTERM)) faults |= SIGNAL_MASK;
  stack_t stack;
  sigaltstack(NULL, &stack);
  if (stack.ss_sp != keeper->stack || stack.ss_size != STACK_BYTES) faults |= SIGNAL_STACK;
  cpu_set_t processors;
  sched_getaffinity(0, sizeof processors, &processors);
  if (CPU_COUNT(&processors) != 1 || !CPU_ISSET(keeper->processor, &processors)) faults |= AFFINITY;
  if (processor_faults(0) != 0) faults |= PROCESSOR;
  if (robust_list() != keeper->robust_list) faults |= ROBUST_LIST;
  if (getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)) != 1 + number % 4) faults |= NICENESS;
  if (!locks_work()) faults |= LOCKS;
  return faults;
}

static void *keep(void *argument) {
  struct keeper *keeper = argument;
  long number = keeper - keepers;
  set_up(keeper, number);
  pthread_mutex_lock(&keeper->mutex);
  keeper->state = WAITING;
  for (;;) {
    pthread_cond_broadcast(&keeper->changed);
    errno = 1000 + (int)number;
    while (keeper->state == WAITING) pthread_cond_wait(&keeper->changed, &keeper->mutex);
    if (keeper->state == TOLD_TO_END) break;
    keeper->faults = examine(keeper, number);
    keeper->state = WAITING;
  }
  pthread_mutex_unlock(&keeper->mutex);
  return keeper;
}

/* Sets a state, and waits until the keeper is waiting again. */
static void command(struct keeper *keeper, int state) {
  pthread_mutex_lock(&keeper->mutex);
  keeper->state = state;
  pthread_cond_broadcast(&keeper->changed);
  while (state != TOLD_TO_END && keeper->state != WAITING) pthread_cond_wait(&keeper->changed, &keeper->mutex);
  pthread_mutex_unlock(&keeper->mutex);
}

long keepers_start(long count) {
  for (keeper_count = 0; keeper_count < count && keeper_count < KEEPERS; ++keeper_count) {
    struct keeper *keeper = &keepers[keeper_count];
    *keeper = (struct keeper){.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    if (pthread_create(&keeper->thread, NULL, keep, keeper) != 0) break;
    command(keeper, STARTING);
  }
  return keeper_count;
}

long keepers_faults(long number) {
  command(&keepers[number], ASKED);
  return keepers[number].faults;
}

long keepers_join(long unused) {
  (void)unused;
  long wrong = 0;
  for (long i = 0; i < keeper_count; ++i) {
    void *result = NULL;
    command(&keepers[i], TOLD_TO_END);
    if (pthread_join(keepers[i].thread, &result) != 0 || result != &keepers[i]) ++wrong;
  }
  return wrong;
}
