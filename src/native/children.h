#ifndef SWARM_CHILDREN_H
#define SWARM_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How a process ended: one of the two is set, the other -1. */
struct ending {
  int32_t code;
  int32_t signal;
};

/* Reaps one child if it has ended. 1: it has, 0: it runs, or a negative errno; ECHILD: not a child. */
long child_reap(pid_t pid, struct ending *ending);

enum { CHILD_RUNS = 0, CHILD_HAS_ENDED = 1 };

/* Looks at a child without reaping it. CHILD_RUNS, CHILD_HAS_ENDED, or a negative errno; ECHILD: not a child. */
long child_state(pid_t pid);

/*
 * Reaps orphans that this process adopted as PID 1 or as their subreaper. Children in `kept` are not touched; libuv,
 * for example, waits for its own. Needs neither a descriptor nor /proc.
 *
 * Returns the number of reaped children or a negative errno. EAGAIN: a child in `kept` has ended and hides others; call
 * this again when that child was reaped.
 */
long children_reap_orphans(const int32_t *kept, size_t count);

/* From now on orphans of descendants become children of this process. 0 or a negative errno. */
long children_adopt_orphans(void);

/* Makes the kernel send `signal` to this process when `parent` dies. 0, or a negative errno; ESRCH: it has died
 * already. */
long parent_death_signal(int signal, pid_t parent);

/*
 * When `parent` dies, this process gets SIGTERM, once, and SIGKILL after `milliseconds`, even if its event loop is
 * blocked: no other process is left to stop it. A thread waits for it; the kernel's own signal would come again for
 * each thread of the parent that dies after another. The kernel does send SIGCONT, which may come several times:
 * without it, the thread of a stopped process would not run. Call this from the main thread. 0 or a negative errno.
 */
long parent_death_deadline(pid_t parent, uint32_t milliseconds);

#endif
