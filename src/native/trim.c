#define _GNU_SOURCE
#include "trim.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "background.h"
#include "kernel.h"
#include "v8.h"

/* Between the end of a collection and the trimming, nanoseconds: what dead objects held outside of the heap, such as
 * the bytes of a Buffer, is freed by a thread of V8 after it. */
enum { DELAY = 50 * 1000 * 1000 };

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

static void *trim(void *argument) {
  static const struct timespec delay = {.tv_nsec = DELAY};
  (void)argument;
  for (;;) {
    while (atomic_exchange(&collected, 0) == 0) kernel_wait(&collected, 0, NULL);
    nanosleep(&delay, NULL);
    malloc_trim(0);
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
