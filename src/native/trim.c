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

/* The pause between a collection and the trim, in nanoseconds. After the collection, a thread of V8 still has to free
 * what dead objects held outside the heap, such as the bytes of a Buffer. */
enum { DELAY = 50 * 1000 * 1000 };

/*
 * malloc_trim() locks each arena while it walks through it, makes a system call for each free page or run of pages, and
 * repeats them all the next time. With 200 MB in holes, that takes 100 ms or more, during which threads that allocate
 * wait. So swarm trims only if it can return this many bytes, and then rests for this multiple of the time it took.
 */
enum { WORTHWHILE = 8 * 1024 * 1024, REST = 100 };

/* From v8::GCType. In JavaScript it is perf_hooks.constants.NODE_PERFORMANCE_GC_MAJOR. */
enum { FULL_COLLECTION = 4 };

typedef void collected_callback(struct isolate *isolate, int type, int flags, void *data);
typedef void add_epilogue_callback(struct isolate *isolate, collected_callback *callback, void *data, int types);

/* 1 after a collection, until the trimming thread sees it; a futex. */
static _Atomic int collected;

/* Runs during the collection's pause, so it must do nothing else. */
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

/* The calling thread blocks all signals, so nothing interrupts the sleep. */
static void sleep_until(uint64_t instant) {
  struct timespec time = {.tv_sec = (time_t)(instant / 1000000000u), .tv_nsec = (long)(instant % 1000000000u)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* After the last trim: the resident memory of the process and the free memory of malloc, in bytes. */
static struct {
  size_t resident;
  size_t unused;
  /* When the next trim may start, in nanoseconds. */
  uint64_t rest_until;
} last;

/* The last trim returned everything that was free. So there is something to return if either value has grown. */
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
