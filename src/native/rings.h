/* io_uring: libuv batches epoll_ctl() calls in a ring, whose memory two processes must not share. */
#ifndef SWARM_RINGS_H
#define SWARM_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct ring;

/* Records a ring. Returns 0 or a negative errno. ENOTSUP: for example, a ring that ring_make() put into private memory,
 * so a copy that has a ring cannot be copied again. */
long ring_note(struct arena *arena, const char *maps, const char *fdinfo, struct ring **ring);

/* In the copy: makes a ring in the memory of the old one, with the same entries at the same positions. Returns a
 * descriptor or a negative errno. */
long ring_make(const struct ring *ring);

/* Whether this kernel can make a ring in given memory. Only Linux 6.4 to 6.9 cannot. */
bool rings_are_renewable(void);

/* Makes io_uring_setup() fail with ENOSYS, permanently, in this thread and in processes that it starts. libuv then does
 * without io_uring. Returns 0 or a negative errno. */
long rings_forbid(void);

#endif
