/*
 * Returns freed memory to the system. malloc keeps it in the arenas of all threads, so a worker would never shrink
 * below its peak.
 */
#ifndef SWARM_TRIM_H
#define SWARM_TRIM_H

/*
 * Starts a thread that trims soon after each full collection of the calling thread's V8. Call this once. Returns 0 or a
 * negative errno (ENOSYS: this Node does not report collections to an addon).
 */
long trim_after_collections(void);

#endif
