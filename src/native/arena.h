/* Storage without malloc, whose locks a parked thread may hold. It grows as needed and is freed as a whole. */
#ifndef SWARM_ARENA_H
#define SWARM_ARENA_H

#include <stddef.h>

struct arena {
  struct chunk *chunks;
  char *next;
  char *end;
};

/* Returns zeroed memory, aligned to 16 bytes; NULL if there is none. */
void *arena_take(struct arena *arena, size_t bytes);
void arena_free(struct arena *arena);

#endif
