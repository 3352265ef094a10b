/* V8's own generator of random numbers, one for each isolate: it seeds Math.random of every new context. */
#ifndef SWARM_V8_RANDOM_H
#define SWARM_V8_RANDOM_H

#include <stdbool.h>

/*
 * Gives the calling thread's isolate another state, which the copies of a process have in common otherwise. `draw`
 * makes V8 draw once or a few times from it. False: this V8 keeps it elsewhere or it works otherwise, and nothing was
 * changed.
 */
bool v8_random_renew(bool (*draw)(void *context), void *context);

#endif
