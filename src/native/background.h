#ifndef SWARM_BACKGROUND_H
#define SWARM_BACKGROUND_H

/* Runs a function on a detached thread with a small stack and all signals blocked. Returns 0 or a negative errno. */
long background_start(void *(*run)(void *), void *argument);

#endif
