#ifndef SWARM_FORK_H
#define SWARM_FORK_H

#include <stdbool.h>

struct uv_loop_s;

/* Returns why this process cannot be copied, or NULL. Call it once, before process_fork(). */
const char *process_prepare(void);

/*
 * fork(2) with all threads: the copy is a whole process with its own kernel objects, and each of its threads continues
 * where it was. Call this from the main thread.
 *
 * With `sibling`, the copy becomes a child of the caller's parent. On failure, `doing` says what failed.
 *
 * Returns the pid in the caller, 0 in the copy, or a negative errno. On failure, all threads of the caller are running,
 * and there is either no copy or a dead one that must be reaped.
 */
long process_fork(bool sibling, struct uv_loop_s *loop, const char **doing);

#endif
