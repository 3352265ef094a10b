/* io_uring: libuv sends its epoll_ctl() calls through a ring, whose memory two processes must not share. */
#ifndef SWARM_RINGS_H
#define SWARM_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct ring;

/* Notes a ring. 0 or a negative errno; ENOTSUP among others for one that ring_make() has made without a file behind its
 * memory: a copy is not copied again. */
long ring_note(struct arena *arena, const char *maps, const char *fdinfo, struct ring **ring);

/* In the copy: a new ring in the memory of the old one, with the same entries at the same positions. A descriptor, or a
 * negative errno. */
long ring_make(const struct ring *ring);

/* Whether this kernel lets a ring be made in given memory: not so between Linux 6.4 and 6.9. */
bool rings_are_renewable(void);

/* For this thread and the processes that it will start, for ever: io_uring is not there (ENOSYS), and libuv does
 * without. 0 or a negative errno. */
long rings_forbid(void);

#endif
