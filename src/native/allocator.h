/* What glibc's malloc tells of itself. All of it is 0 where another allocator is in its place. */
#ifndef SWARM_ALLOCATOR_H
#define SWARM_ALLOCATOR_H

#include <stddef.h>

/* Bytes. Before glibc 2.33 each is counted modulo 4 GB. */
struct allocator {
  /* What the arenas of all threads have taken from the system. */
  size_t taken;
  /* What is free of it, with `top`. */
  size_t unused;
  /* At the end of the main arena: what was never used, or could be given back. */
  size_t top;
};

struct allocator allocator_read(void);

#endif
