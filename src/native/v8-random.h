/* V8's own random number generator, one for each isolate, which seeds Math.random of every new context. */
#ifndef SWARM_V8_RANDOM_H
#define SWARM_V8_RANDOM_H

#include <stdbool.h>

/*
 * Gives the generator of the calling thread's isolate a fresh state; otherwise all copies of a process have the same.
 * `draw` makes V8 draw from it once or a few times. Returns false, with nothing changed, if this V8 keeps its generator
 * elsewhere or it works differently.
 */
bool v8_random_renew(bool (*draw)(void *context), void *context);

#endif
