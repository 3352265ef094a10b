/*
 * Things that JavaScript cannot see or create: C threads with their own state, threads that never rest, and kernel
 * objects that libuv does not use but a package might. Each function takes a number and returns one.
 */
#ifndef SWARM_PROBE_H
#define SWARM_PROBE_H

/* ---- keepers.c: waiting threads, each with its own state of every kind that a thread can have */

/* Starts this many. Returns how many it started. */
long keepers_start(long count);
/* What has changed in this keeper, as bits, see keepers.c. */
long keepers_faults(long number);
/* Ends and joins all. Returns how many joins failed. */
long keepers_join(long unused);
/* On how many CPUs sched_getcpu() is wrong in the calling thread. */
long processor_faults(long unused);

/* ---- restless.c: threads that a fork catches in the middle of something */

/* Starts this many chains of threads. Each thread starts the next one and exits. */
long births_start(long chains);
/* How many threads of this chain have started so far. */
long births_count(long chain);
long births_stop(long unused);

/* Starts this many threads that constantly take libc's locks. */
long hammers_start(long count);
long hammers_count(long number);
long hammers_stop(long unused);

/* Starts a thread that holds a recursive mutex, and an rwlock for writing, until holder_stop(). */
long holder_start(long unused);
/* Returns 0, or the errno of an unlock or of a later lock. */
long holder_stop(long unused);
/* Returns 1 if data that only looks like locks has changed. */
long holder_lookalikes_changed(long unused);

/* Starts a thread that computes most of the time, sleeps briefly now and then, and holds a lock all the time. */
long pacer_start(long unused);
/* Returns 0, or the errno of the unlock. */
long pacer_stop(long unused);

/* Starts a thread that holds a lock, and one that waits for it with a timeout. Once they have been stopped, the first
 * releases the lock, or, with `is_kept`, the second gives up. Returns the tid of the second, or a negative errno. */
long queue_start(long is_kept);
/* Returns 0, or the errno of an unlock or of the lock. */
long queue_stop(long unused);

/* ---- objects.c */

/* Creates a descriptor of this kind, or a pair, see objects.c. */
long object_make(long kind);
long object_duplicate(long descriptor);
/* Creates mappings of several kinds. */
long mappings_make(long unused);
/* The mappings whose content is not what was written, as bits. */
long mappings_faults(long unused);

#endif
