#ifndef SWARM_BACKGROUND_H
#define SWARM_BACKGROUND_H

/*
 * Runs something on a thread of its own, which nobody joins, takes no signals, and has a small stack. 0 or a negative
 * errno.
 */
long background_start(void *(*run)(void *), void *argument);

#endif
