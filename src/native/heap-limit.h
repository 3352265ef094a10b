/* Tells the supervisor that V8 has reached the limit of its heap. After that it aborts, and no JavaScript runs any
 * more. */
#ifndef SWARM_HEAP_LIMIT_H
#define SWARM_HEAP_LIMIT_H

#include <stddef.h>

/*
 * When the heap of the calling thread's isolate is at its limit, the text is written to the descriptor. The text must
 * stay. Once in a process. 0 or a negative errno; ENOSYS: this Node does not tell.
 */
long heap_limit_tell(int fd, const char *text, size_t length);

#endif
