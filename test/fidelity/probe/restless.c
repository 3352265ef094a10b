#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { MOST = 64 };

/* ---- Births */

static struct {
  _Atomic long count;
  _Atomic int alive;
} chains[MOST];
static _Atomic int births_are_over;

static void *be_born(void *chain);

static void beget(long chain) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  while (pthread_create(&thread, &attributes, be_born, (void *)chain) != 0) usleep(100);
  pthread_attr_destroy(&attributes);
}

static void *be_born(void *argument) {
  long chain = (long)argument;
  atomic_fetch_add(&chains[chain].count, 1);
  if (births_are_over)
    atomic_store(&chains[chain].alive, 0);
  else
    beget(chain);
  return NULL;
}

long births_start(long count) {
  atomic_store(&births_are_over, 0);
  for (long chain = 0; chain < count && chain < MOST; ++chain) {
    atomic_store(&chains[chain].alive, 1);
    beget(chain);
  }
  return count;
}

long births_count(long chain) { return atomic_load(&chains[chain].count); }

long births_stop(long unused) {
  (void)unused;
  atomic_store(&births_are_over, 1);
  for (int chain = 0; chain < MOST; ++chain) {
    while (atomic_load(&chains[chain].alive)) usleep(100);
  }
  return 0;
}

/* ---- Hammers */

static struct {
  pthread_t thread;
  _Atomic long count;
} hammers[MOST];
static long hammer_count;
static _Atomic int hammers_are_over;
/* Records the id that its holder had when it started to wait. */
static pthread_mutex_t hammered = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_cond_t struck = PTHREAD_COND_INITIALIZER;

/* Takes the lock in other ways: with a timeout, and again after a wait for a condition variable. */
static void take_otherwise(void) {
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec = (soon.tv_nsec + 100 * 1000) % (1000 * 1000 * 1000);
  for (int i = 0; i < 20; ++i) {
    if (pthread_mutex_timedlock(&hammered, &soon) == 0) pthread_mutex_unlock(&hammered);
    pthread_mutex_lock(&hammered);
    pthread_cond_broadcast(&struck);
    if (i == 0) pthread_cond_timedwait(&struck, &hammered, &soon);
    pthread_mutex_unlock(&hammered);
  }
}

static void *hammer(void *argument) {
  long number = (long)argument;
  while (!atomic_load(&hammers_are_over)) {
    /* Too large for the thread's cache, so each call takes the arena's lock. */
    for (int i = 0; i < 100; ++i) {
      void *volatile one = malloc(20000 + (size_t)i);
      void *volatile other = malloc(30000);
      free(one);
      free(other);
      pthread_mutex_lock(&hammered);
      pthread_mutex_unlock(&hammered);
    }
    take_otherwise();
    FILE *file = fopen("/dev/null", "r");
    if (file) fclose(file);
    DIR *directory = opendir("/");
    if (directory) closedir(directory);
    atomic_fetch_add(&hammers[number].count, 1);
  }
  return NULL;
}

long hammers_start(long count) {
  atomic_store(&hammers_are_over, 0);
  for (hammer_count = 0; hammer_count < count && hammer_count < MOST; ++hammer_count) {
    if (pthread_create(&hammers[hammer_count].thread, NULL, hammer, (void *)hammer_count) != 0) break;
  }
  return hammer_count;
}

long hammers_count(long number) { return atomic_load(&hammers[number].count); }

long hammers_stop(long unused) {
  (void)unused;
  atomic_store(&hammers_are_over, 1);
  for (long i = 0; i < hammer_count; ++i) pthread_join(hammers[i].thread, NULL);
  return 0;
}

/* ---- The holder: never idle, like most threads that hold a lock */

static struct {
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_rwlock_t rwlock;
  /* Not locks, only their data: of a lock that the caller holds, and of one without a user. */
  pthread_mutex_t lookalikes[2];
  int caller;
  /* The holder's tid, once it holds the locks. */
  _Atomic int holds;
  _Atomic int is_to_let_go;
  int error;
} holder;

static int try_from_outside(void) {
  int error = pthread_mutex_trylock(&holder.mutex);
  if (!error) error = pthread_mutex_unlock(&holder.mutex);
  if (!error) error = pthread_rwlock_trywrlock(&holder.rwlock);
  return error ? error : pthread_rwlock_unlock(&holder.rwlock);
}

static void *hold(void *unused) {
  (void)unused;
  for (int depth = 0; depth < 2; ++depth) pthread_mutex_lock(&holder.mutex);
  pthread_rwlock_wrlock(&holder.rwlock);
  atomic_store(&holder.holds, (int)syscall(SYS_gettid));
  while (!atomic_load(&holder.is_to_let_go)) continue;
  for (int depth = 0; depth < 2; ++depth) {
    if (!holder.error) holder.error = pthread_mutex_unlock(&holder.mutex);
  }
  if (!holder.error) holder.error = pthread_rwlock_unlock(&holder.rwlock);
  return NULL;
}

/* An inaccessible page in the middle of a mapping, such as glibc 2.43 puts below each stack, from Linux 6.13 on. */
static void make_guard_page(void) {
#ifndef MADV_GUARD_INSTALL
  enum { MADV_GUARD_INSTALL = 102 };
#endif
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *mapping = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return;
  mapping[0] = mapping[2 * page] = 1;
  madvise(mapping + page, page, MADV_GUARD_INSTALL);
}

long holder_start(long unused) {
  (void)unused;
  make_guard_page();
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  memset(&holder, 0, sizeof holder);
  pthread_mutex_init(&holder.mutex, &attributes);
  pthread_rwlock_init(&holder.rwlock, NULL);
  long error = pthread_create(&holder.thread, NULL, hold, NULL);
  while (!error && !atomic_load(&holder.holds)) usleep(100);
  const int owners[] = {(int)syscall(SYS_gettid), holder.holds};
  for (int i = 0; i < 2; ++i) {
    holder.lookalikes[i] = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    holder.lookalikes[i].__data.__lock = holder.lookalikes[i].__data.__count = 1;
    holder.lookalikes[i].__data.__owner = owners[i];
    holder.lookalikes[i].__data.__nusers = i == 0;
  }
  holder.caller = owners[0];
  return error;
}

long holder_lookalikes_changed(long unused) {
  (void)unused;
  return holder.lookalikes[0].__data.__owner != holder.caller || holder.lookalikes[1].__data.__owner != holder.holds;
}

long holder_stop(long unused) {
  (void)unused;
  atomic_store(&holder.is_to_let_go, 1);
  pthread_join(holder.thread, NULL);
  return holder.error ? holder.error : try_from_outside();
}

/* ---- The pacer: alternately computes and sleeps, and holds a lock all the time */

static struct {
  pthread_t thread;
  pthread_mutex_t mutex;
  _Atomic int holds;
  _Atomic int is_to_end;
  int error;
} pacer;

static void *pace(void *unused) {
  (void)unused;
  enum { COMPUTING = 20 * 1000 * 1000, WAITING = 10 * 1000 };
  pthread_mutex_lock(&pacer.mutex);
  atomic_store(&pacer.holds, 1);
  while (!atomic_load(&pacer.is_to_end)) {
    struct timespec now, start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < COMPUTING);
    usleep(WAITING);
  }
  pacer.error = pthread_mutex_unlock(&pacer.mutex);
  return NULL;
}

long pacer_start(long unused) {
  (void)unused;
  memset(&pacer, 0, sizeof pacer);
  pacer.mutex = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  long error = pthread_create(&pacer.thread, NULL, pace, NULL);
  while (!error && !atomic_load(&pacer.holds)) usleep(100);
  return error;
}

long pacer_stop(long unused) {
  (void)unused;
  atomic_store(&pacer.is_to_end, 1);
  pthread_join(pacer.thread, NULL);
  return pacer.error;
}

/* ---- The queue: when first stopped, one thread holds a lock and another waits for it with a timeout */

static struct {
  pthread_t holder, waiter;
  pthread_mutex_t mutex;
  bool is_kept;
  _Atomic int is_held;
  _Atomic int waiter_id;
  _Atomic int was_stopped;
  _Atomic int is_to_end;
  int errors[2];
} queue;

/* A thread that is stopped finds its sleep interrupted. */
static void sleep_until_stopped(void) {
  static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
  while (!atomic_load(&queue.is_to_end) && nanosleep(&pause, NULL) == 0) continue;
  atomic_store(&queue.was_stopped, 1);
}

static void sleep_to_the_end(void) {
  while (!atomic_load(&queue.is_to_end)) usleep(20 * 1000);
}

static void *head_queue(void *unused) {
  (void)unused;
  pthread_mutex_lock(&queue.mutex);
  atomic_store(&queue.is_held, 1);
  sleep_until_stopped();
  if (queue.is_kept) sleep_to_the_end();
  queue.errors[0] = pthread_mutex_unlock(&queue.mutex);
  return NULL;
}

static int wait_in_queue(long microseconds) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_nsec += microseconds % 1000000 * 1000;
  end.tv_sec += microseconds / 1000000 + end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  return pthread_mutex_timedlock(&queue.mutex, &end);
}

static void *queue_up(void *unused) {
  (void)unused;
  enum { PATIENT = 8 * 1000 * 1000, IMPATIENT = 1000 };
  while (!atomic_load(&queue.is_held)) usleep(100);
  atomic_store(&queue.waiter_id, (int)syscall(SYS_gettid));
  if (queue.is_kept) {
    while (!atomic_load(&queue.was_stopped)) wait_in_queue(IMPATIENT);
    sleep_to_the_end();
  } else {
    queue.errors[1] = wait_in_queue(PATIENT);
    if (!queue.errors[1]) queue.errors[1] = pthread_mutex_unlock(&queue.mutex);
  }
  return NULL;
}

long queue_start(long is_kept) {
  enum { CONTENDED = 2 };
  memset(&queue, 0, sizeof queue);
  queue.is_kept = is_kept;
  queue.mutex = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  long error = pthread_create(&queue.holder, NULL, head_queue, NULL);
  if (!error) error = pthread_create(&queue.waiter, NULL, queue_up, NULL);
  if (error) return -error;
  while (!atomic_load(&queue.waiter_id) || *(volatile int *)&queue.mutex.__data.__lock != CONTENDED) usleep(100);
  return queue.waiter_id;
}

long queue_stop(long unused) {
  (void)unused;
  atomic_store(&queue.is_to_end, 1);
  pthread_join(queue.holder, NULL);
  pthread_join(queue.waiter, NULL);
  return queue.errors[0] ? queue.errors[0] : queue.errors[1];
}
