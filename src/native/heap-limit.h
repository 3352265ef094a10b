/* Tells the supervisor that V8 has reached its heap limit. V8 aborts next, without running any more JavaScript. */
#ifndef SWARM_HEAP_LIMIT_H
#define SWARM_HEAP_LIMIT_H

#include <stddef.h>

/*
 * Writes the text to the descriptor when the heap of the calling thread's isolate reaches its limit. The text must stay
 * valid. Call this once per process. Returns 0 or a negative errno (ENOSYS: this Node does not report its heap limit).
 */
long heap_limit_tell(int fd, const char *text, size_t length);

#endif
