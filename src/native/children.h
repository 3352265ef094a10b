#ifndef SWARM_CHILDREN_H
#define SWARM_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How a process ended: one of the two is set, the other is -1. */
struct ending {
  int32_t code;
  int32_t signal;
};

/* Reaps a child if it has ended. Returns 1 if it has, 0 if it is running, or a negative errno (ECHILD: not a child). */
long child_reap(pid_t pid, struct ending *ending);

enum { CHILD_RUNS = 0, CHILD_HAS_ENDED = 1 };

/* Returns the state of a child without reaping it: CHILD_RUNS, CHILD_HAS_ENDED, or a negative errno (ECHILD: not a
 * child). */
long child_state(pid_t pid);

/*
 * Reaps orphans that this process adopted as PID 1 or as their subreaper. Leaves children in `kept` alone: libuv, for
 * example, waits for its own. Needs neither a descriptor nor /proc.
 *
 * Returns the number of reaped children or a negative errno. EAGAIN: a child in `kept` has ended and hides others; call
 * this again once that child is reaped.
 */
long children_reap_orphans(const int32_t *kept, size_t count);

/* Makes this process adopt the orphans of its descendants from now on. Returns 0 or a negative errno. */
long children_adopt_orphans(void);

/* Makes the kernel send `signal` to this process when `parent` dies. Returns 0 or a negative errno (ESRCH: it has
 * already died). */
long parent_death_signal(int signal, pid_t parent);

/*
 * When `parent` dies, sends this process SIGTERM once, and SIGKILL after `milliseconds`, even if its event loop is
 * blocked: no other process is left to stop it. A thread sends these, because the kernel's parent-death signal can come
 * once for each thread of the parent. The kernel sends only SIGCONT, which may repeat: if this process is stopped, the
 * thread cannot run without it. Call this from the main thread. Returns 0 or a negative errno.
 */
long parent_death_deadline(pid_t parent, uint32_t milliseconds);

#endif
