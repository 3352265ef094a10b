#define _GNU_SOURCE
#include "trim.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "allocator.h"
#include "background.h"
#include "kernel.h"
#include "proc.h"
#include "v8.h"

/* Between the end of a collection and the trimming, nanoseconds: what dead objects held outside of the heap, such as
 * the bytes of a Buffer, is freed by a thread of V8 after it. */
enum { DELAY = 50 * 1000 * 1000 };

/*
 * malloc_trim() locks an arena while it goes through it, makes a system call for each free page or more, and makes all
 * of them again the next time. With 200 MB in holes that takes 100 ms and more, during which a thread that allocates
 * waits. So swarm calls it only if it can give back this many bytes, and then not again for a multiple of the time that
 * it took.
 */
enum { WORTHWHILE = 8 * 1024 * 1024, REST = 100 };

/* Of v8::GCType. JavaScript sees it as perf_hooks.constants.NODE_PERFORMANCE_GC_MAJOR. */
enum { FULL_COLLECTION = 4 };

typedef void collected_callback(struct isolate *isolate, int type, int flags, void *data);
typedef void add_epilogue_callback(struct isolate *isolate, collected_callback *callback, void *data, int types);

/* Since the last trimming; a futex. */
static _Atomic int collected;

/* In the pause that the collection makes: nothing else may be done here. */
static void note(struct isolate *isolate, int type, int flags, void *data) {
  (void)isolate;
  (void)type;
  (void)flags;
  (void)data;
  atomic_store(&collected, 1);
  kernel_wake_all(&collected);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Takes no signals. */
static void sleep_until(uint64_t instant) {
  struct timespec time = {.tv_sec = (time_t)(instant / 1000000000u), .tv_nsec = (long)(instant % 1000000000u)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* After the last trimming: what of the process is in memory, and what of malloc's is free, bytes. */
static struct {
  size_t resident;
  size_t unused;
  /* No trimming before; nanoseconds. */
  uint64_t rest_until;
} last;

/* All that was free then has been given back. So there is something to give back if there is more of either. */
static bool is_worthwhile(void) {
  if (proc_resident() >= last.resident + WORTHWHILE) return true;
  return allocator_read().unused >= last.unused + WORTHWHILE;
}

static void *trim(void *argument) {
  (void)argument;
  for (;;) {
    while (atomic_exchange(&collected, 0) == 0) kernel_wait(&collected, 0, NULL);
    sleep_until(now() + DELAY);
    sleep_until(last.rest_until);
    if (!is_worthwhile()) continue;
    uint64_t begun = now();
    malloc_trim(0);
    uint64_t ended = now();
    last.rest_until = ended + (ended - begun) * REST;
    last.resident = proc_resident();
    last.unused = allocator_read().unused;
  }
  return NULL;
}

long trim_after_collections(void) {
  static bool begun;
  if (begun) return -EALREADY;
  add_epilogue_callback *add = (add_epilogue_callback *)v8_method(
      "_ZN2v87Isolate21AddGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_");
  struct isolate *isolate = v8_isolate();
  if (!add || !isolate) return -ENOSYS;
  long error = background_start(trim, NULL);
  if (error) return error;
  begun = true;
  add(isolate, note, NULL, FULL_COLLECTION);
  return 0;
}
