/* Statistics of glibc's malloc. All are 0 if another allocator replaces it. */
#ifndef SWARM_ALLOCATOR_H
#define SWARM_ALLOCATOR_H

#include <stddef.h>

/* In bytes; before glibc 2.33, modulo 4 GB. */
struct allocator {
  /* Memory that all arenas have taken from the system. */
  size_t taken;
  /* The free part of that, including `top`. */
  size_t unused;
  /* The free end of the main arena, which was never used or can be returned to the system. */
  size_t top;
};

struct allocator allocator_read(void);

#endif
