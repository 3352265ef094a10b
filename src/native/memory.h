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
  /* Ends with the line, not with a zero byte. */
  const char *name;
};

/* Reads the next mapping at `*at` in the text of /proc/self/maps. Returns false at the end. */
bool memory_next(const char **at, struct mapping *mapping);

/* Undoes MADV_DONTFORK, with which V8 excludes its heap from forks, for all memory that is mapped now. Returns 0 or a
 * negative errno. */
long memory_include_in_fork(const char *maps);

#endif
