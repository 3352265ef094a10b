/*
 * The end of a process without Node's teardown, which joins V8's threads. One of those may be waiting for a collection
 * that only the joining thread could run, and then the process hangs for ever (nodejs/node#54918).
 */
#ifndef SWARM_EXIT_H
#define SWARM_EXIT_H

#include <stdint.h>

/*
 * From now on the calling thread's Node ends by _exit(2), once `exit` listeners have run and profilers have written
 * their files. With a patience, Node's own teardown gets that many milliseconds first. 0 or a negative errno; ENOSYS:
 * this Node does not let an addon decide.
 */
long exit_without_teardown(uint32_t patience);

/* The status for an event loop that has run empty. Without it such a process ends as Node ends it. */
void exit_note_status(int status);

/* Call this when Node has begun to take the environment down. Returns if Node should go on with that. */
void exit_now(void);

#endif
