/*
 * Methods from v8.h, which is C++, found by their mangled names. These are the ones that every Node from 20 on has.
 */
#ifndef SWARM_V8_H
#define SWARM_V8_H

#include <stdbool.h>
#include <stddef.h>

struct isolate;

/* Returns the isolate of the calling thread; NULL if it has none or this Node lacks the method. */
struct isolate *v8_isolate(void);

/* Collects all garbage of the calling thread's isolate, and drops V8's caches. Returns 0 or -ENOSYS. */
long v8_collect(void);

/* The heap of the calling thread's isolate, in bytes; 0 if this Node lacks the method. */
struct heap_size {
  size_t used;
  size_t whole;
};
struct heap_size v8_heap_size(void);

/* Gives an object an identity hash, as a key of a Map gets one. `object` is a napi_value, which is V8's Local. Returns
 * false if this Node lacks the method. */
bool v8_hash(void *object);

/* Returns the function with this mangled name; NULL if this Node lacks it. */
void *v8_method(const char *name);

#endif
