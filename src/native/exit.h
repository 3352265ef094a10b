/*
 * Ends a process without Node's teardown, which joins V8's threads. If one of them waits for a garbage collection that
 * only the joining thread can run, the process hangs forever (nodejs/node#54918).
 */
#ifndef SWARM_EXIT_H
#define SWARM_EXIT_H

#include <stdint.h>

/*
 * Makes the calling thread's Node end with _exit(2), after `exit` listeners have run and profilers have written their
 * files. `patience` is how long Node's own teardown may take first, in milliseconds; 0 skips it. Returns 0 or a
 * negative errno (ENOSYS: this Node does not let an addon take over the exit).
 */
long exit_without_teardown(uint32_t patience);

/* Sets the exit status for when the event loop runs empty. Without it, Node itself ends such a process. */
void exit_note_status(int status);

/* Call this when Node starts to tear down the environment. Does not return unless Node should continue. */
void exit_now(void);

#endif
