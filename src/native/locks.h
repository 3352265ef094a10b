/*
 * Some of libc's locks record the id of the thread that holds them, and in a copy each thread has a new id: recursive
 * and error-checking mutexes, and read-write locks that are held for writing. Node and V8 use all of them. A process
 * that was idle when it was copied holds none.
 */
#ifndef SWARM_LOCKS_H
#define SWARM_LOCKS_H

#include "threads.h"

/* Call this once, before the rest. */
void locks_prepare(void);

/*
 * Whether a parked thread is about to become the holder of such a lock. It has already read its id, even if it still
 * waits for the lock (with a timeout; in glibc 2.43 also without one), and will write that id. In a copy the id belongs
 * to no thread, so the next thread that wants the lock waits forever.
 */
bool locks_are_being_taken(const struct thread *threads);

/*
 * In the copy, while no other thread runs: gives each such lock to the thread that replaces its holder. Searches all
 * memory in `maps` that was ever written. Returns 0 or a negative errno.
 *
 * `threads` does not include the caller, which was called from JavaScript and holds no lock. If it is PID 1 of a
 * container, other data would be mistaken for its locks, because the number 1 is everywhere.
 */
long locks_reown(const char *maps, const struct thread *threads);

#endif
