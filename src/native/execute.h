/* Replaces this program with another. */
#ifndef SWARM_EXECUTE_H
#define SWARM_EXECUTE_H

#include <stddef.h>
#include <stdint.h>

/*
 * execve(2), but keeps `descriptors` open, although Node marks them close-on-exec, and makes stdio blocking, because
 * Node makes pipes non-blocking for every process that shares them. Returns only on failure: a negative errno, with
 * this process unchanged.
 */
long process_execute(const char *path, char *const arguments[], char *const environment[], const int32_t *descriptors,
                     size_t count);

#endif
