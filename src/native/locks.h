/*
 * Some locks of libc remember the id of the thread that holds them, and in a copy each thread has another: recursive
 * and error-checking mutexes, and read-write locks that are held for writing. Node and V8 have all of them. A process
 * that was idle when it was copied holds none.
 */
#ifndef SWARM_LOCKS_H
#define SWARM_LOCKS_H

#include "threads.h"

/* Once, before the rest. */
void locks_prepare(void);

/*
 * Whether a parked thread is about to become the holder of such a lock. It has read its id already, even before it
 * waits for the lock (with a timeout; in glibc 2.43 also without), and will write what it has read. In a copy that id
 * belongs to no thread, and the next thread that wants the lock waits forever.
 */
bool locks_are_being_taken(const struct thread *threads);

/*
 * In the copy, while no other thread runs: gives each such lock to the thread that took the holder's place. It looks
 * through all memory that was ever written, as `maps` lists it. 0 or a negative errno.
 *
 * `threads` are without the caller. It was called from JavaScript and holds none; and where it is process 1 of a
 * container, words that are no lock would be taken for one: that number is everywhere.
 */
long locks_reown(const char *maps, const struct thread *threads);

#endif
