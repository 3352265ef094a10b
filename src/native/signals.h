/*
 * Signals that come between the fork and the worker's own handlers are neither lost nor taken twice. The mold holds
 * them: it notes them and does nothing. So does a worker, until it has handlers and releases them.
 */
#ifndef SWARM_SIGNALS_H
#define SWARM_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

/* 0 or a negative errno. */
long signals_hold(const int32_t *signals, size_t count);

/* In the copy, before any signal can reach it: those that were noted were the mold's. */
void signals_forget(void);

/* Restores the former actions, except where a new one was set since, and sends what was noted again. */
long signals_release(void);

#endif
