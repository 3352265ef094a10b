/* The files that libuv's fs.watch() watches. The kernel knows only their inodes; to watch them again takes a path. */
#ifndef SWARM_WATCHES_H
#define SWARM_WATCHES_H

#include <stdint.h>

#include "arena.h"

struct uv_loop_s;

struct watch {
  struct watch *next;
  const char *path;
  /* As /proc/self/fdinfo shows them. */
  uint64_t device;
  uint64_t inode;
};

/* Of one event loop, by the thread that runs it. 0 or a negative errno. */
long watches_list(struct arena *arena, struct uv_loop_s *loop, struct watch **watches);

#endif
