/*
 * What JavaScript cannot see or make: threads of C with a state of their own, threads that never rest, and objects of
 * the kernel that libuv does not use but a package may. Each function takes a number and returns one.
 */
#ifndef SWARM_PROBE_H
#define SWARM_PROBE_H

/* ---- keepers.c: threads that wait, and each keep something of every kind that a thread has of its own */

/* Starts this many. */
long keepers_start(long count);
/* What is not as it was in this one: a bit each, see keepers.c. */
long keepers_faults(long number);
/* Ends and joins all. */
long keepers_join(long unused);
/* Of the calling thread: on how many processors sched_getcpu() names another one. */
long processor_faults(long unused);

/* ---- restless.c: threads that are caught in the middle of something */

/* So many chains of threads: each makes the next one and exits. */
long births_start(long chains);
/* Threads that were born so far in this chain. */
long births_count(long chain);
long births_stop(long unused);

/* So many threads that take libc's locks all the time. */
long hammers_start(long count);
long hammers_count(long number);
long hammers_stop(long unused);

/* A thread that holds a recursive mutex, and an rwlock for writing, until it is told to let go. */
long holder_start(long unused);
/* 0, or the errno of an unlock or of a lock after that. */
long holder_stop(long unused);
/* Words beside them that only look like locks. */
long holder_lookalikes_changed(long unused);

/* A thread that computes most of the time, waits for a moment now and then, and holds a lock all the time. */
long pacer_start(long unused);
/* 1: they are other words now. */
long pacer_stop(long unused);

/* A thread that holds a lock, and one that waits for it until some moment. Once they have been stopped, either the
 * first lets go of it, or (1) the second gives up. Returns the id of the second, or a negative errno. */
long queue_start(long is_kept);
/* 0, or the errno of an unlock or of the lock. */
long queue_stop(long unused);

/* ---- objects.c */

/* A descriptor of this kind, see objects.c. */
long object_make(long kind);
long object_duplicate(long descriptor);
/* Mappings of several kinds, and a bit for each whose content is not what was written there. */
long mappings_make(long unused);
long mappings_faults(long unused);

#endif
