#define _GNU_SOURCE
#include "v8.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

typedef struct isolate *get_current(void);
typedef void get_heap_statistics(struct isolate *isolate, size_t *statistics);
typedef int get_identity_hash(void *object);
typedef void low_memory_notification(struct isolate *isolate);

struct isolate *v8_isolate(void) {
  get_current *current = (get_current *)v8_method("_ZN2v87Isolate10GetCurrentEv");
  return current ? current() : NULL;
}

long v8_collect(void) {
  low_memory_notification *notify = (low_memory_notification *)v8_method("_ZN2v87Isolate21LowMemoryNotificationEv");
  struct isolate *isolate = v8_isolate();
  if (!notify || !isolate) return -ENOSYS;
  notify(isolate);
  return 0;
}

/* Two fields of v8::HeapStatistics, and more words than it has: later Nodes may add fields. */
enum { WHOLE = 0, USED = 4, STATISTICS = 64 };

struct heap_size v8_heap_size(void) {
  size_t statistics[STATISTICS] = {0};
  get_heap_statistics *get =
      (get_heap_statistics *)v8_method("_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE");
  struct isolate *isolate = v8_isolate();
  if (get && isolate) get(isolate, statistics);
  return (struct heap_size){.used = statistics[USED], .whole = statistics[WHOLE]};
}

bool v8_hash(void *object) {
  get_identity_hash *hash = (get_identity_hash *)v8_method("_ZN2v86Object15GetIdentityHashEv");
  if (hash) hash(object);
  return hash != NULL;
}

void *v8_method(const char *name) { return dlsym(RTLD_DEFAULT, name); }
