/*
 * Signals that arrive between the fork and the installation of the worker's handlers must not be lost or handled twice.
 * The mold holds them: it only records each one. So does a worker, until it has its handlers and releases the signals.
 */
#ifndef SWARM_SIGNALS_H
#define SWARM_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

/* Holds these signals. Returns 0 or a negative errno. */
long signals_hold(const int32_t *signals, size_t count);

/* In the copy, before any signal can reach it: discards recorded signals, which were the mold's. */
void signals_forget(void);

/* Restores the former actions, except where a new one was set since, and sends recorded signals again. Returns 0 or a
 * negative errno. */
long signals_release(void);

#endif
