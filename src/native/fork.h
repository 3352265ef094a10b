#ifndef SWARM_FORK_H
#define SWARM_FORK_H

#include <stdbool.h>

struct uv_loop_s;

/* Why processes cannot be copied here, or NULL. Once, before process_fork(). */
const char *process_prepare(void);

/*
 * fork(2), but with all threads and with kernel objects of its own: the copy is a whole process, and every thread of it
 * goes on where it was. To be called by the main thread.
 *
 * A sibling becomes a child of the caller's parent. `doing` is set to what failed.
 *
 * Returns the pid in the caller, 0 in the copy, and a negative errno when it failed: then there is no copy, or it has
 * exited and is still to be reaped, and all threads of the caller are running.
 */
long process_fork(bool sibling, struct uv_loop_s *loop, const char **doing);

#endif
