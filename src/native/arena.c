#define _GNU_SOURCE
#include "arena.h"

#include <sys/mman.h>

#include "kernel.h"

struct chunk {
  struct chunk *older;
  size_t bytes;
};

enum { CHUNK_BYTES = 256 * 1024, ALIGNMENT = 16 };

static size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void *arena_take(struct arena *arena, size_t bytes) {
  bytes = round_up(bytes, ALIGNMENT);
  if ((size_t)(arena->end - arena->next) < bytes) {
    size_t head = round_up(sizeof(struct chunk), ALIGNMENT);
    size_t size = round_up(head + bytes, CHUNK_BYTES);
    long address = kernel_call(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address < 0) return NULL;
    struct chunk *chunk = (struct chunk *)address;
    chunk->older = arena->chunks;
    chunk->bytes = size;
    arena->chunks = chunk;
    arena->next = (char *)chunk + head;
    arena->end = (char *)chunk + size;
  }
  void *taken = arena->next;
  arena->next += bytes;
  return taken;
}

void arena_free(struct arena *arena) {
  struct chunk *chunk = arena->chunks;
  while (chunk) {
    struct chunk *older = chunk->older;
    kernel_call(__NR_munmap, chunk, chunk->bytes);
    chunk = older;
  }
  *arena = (struct arena){0};
}
