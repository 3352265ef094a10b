/* The files that libuv watches for fs.watch(). The kernel knows only their inodes; watching them again takes a path. */
#ifndef SWARM_WATCHES_H
#define SWARM_WATCHES_H

#include <stdint.h>

#include "arena.h"

struct uv_loop_s;

struct watch {
  struct watch *next;
  const char *path;
  /* In the format of /proc/self/fdinfo. */
  uint64_t device;
  uint64_t inode;
};

/* Lists the watches of an event loop. Call this in the thread that runs it. Returns 0 or a negative errno. */
long watches_list(struct arena *arena, struct uv_loop_s *loop, struct watch **watches);

#endif
