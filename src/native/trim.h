/*
 * What was freed goes back to the system. malloc keeps it, in the arenas of all threads, and so each worker would go on
 * having the most that it has ever needed at a time.
 */
#ifndef SWARM_TRIM_H
#define SWARM_TRIM_H

/*
 * From now on soon after each full collection of the calling thread's V8, on a thread of its own; once. 0 or a negative
 * errno; ENOSYS: this Node does not let an addon know of them.
 */
long trim_after_collections(void);

#endif
