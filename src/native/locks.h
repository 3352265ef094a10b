/*
 * Some locks of libc remember the id of the thread that holds them, and in a copy each thread has another: recursive
 * and error-checking mutexes, and read-write locks that are held for writing. Node and V8 have all of them. A process
 * that was idle when it was copied holds none.
 */
#ifndef SWARM_LOCKS_H
#define SWARM_LOCKS_H

#include "threads.h"

/* In the copy, while no other thread runs: gives each such lock to the thread that took the holder's place. It looks
 * through all memory that was ever written, as `maps` lists it. 0 or a negative errno. */
long locks_reown(const char *maps, const struct thread *threads, int former_caller);

#endif
