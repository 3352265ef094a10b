#ifndef SWARM_MEMORY_H
#define SWARM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* A line of /proc/self/maps. */
struct mapping {
  uintptr_t start;
  uintptr_t end;
  bool writable;
  bool shared;
  uint64_t offset;
  uint64_t inode;
  /* To the end of the line, not of the string. */
  const char *name;
};

/* The next mapping at `*at` in the text of /proc/self/maps; false at its end. */
bool memory_next(const char **at, struct mapping *mapping);

/* V8 keeps its heap out of forks (MADV_DONTFORK). Takes that back, for what is mapped now. 0 or a negative errno. */
long memory_include_in_fork(const char *maps);

#endif
