/*
 * Of v8.h, which is C++: methods of v8::Isolate, found by the names that compilers give them. These are the ones that
 * all Nodes from 20 on have.
 */
#ifndef SWARM_V8_H
#define SWARM_V8_H

#include <stdbool.h>
#include <stddef.h>

struct isolate;

/* That of the calling thread; NULL: it has none, or this Node does not tell. */
struct isolate *v8_isolate(void);

/* All garbage of the calling thread's isolate, with what V8 keeps for later. 0 or -ENOSYS. */
long v8_collect(void);

/* Bytes of the calling thread's isolate; 0: this Node does not tell. */
struct heap_size {
  size_t used;
  size_t whole;
};
struct heap_size v8_heap_size(void);

/* Gives an object a hash of its own, as a key of a Map gets it. A value of Node-API is what V8 calls a Local. False:
 * this Node does not let an addon do that. */
bool v8_hash(void *object);

/* NULL: this Node does not have it. */
void *v8_method(const char *name);

#endif
