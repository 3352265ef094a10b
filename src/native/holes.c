#define _GNU_SOURCE
#include "holes.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "allocator.h"

/* In bytes. The biggest is less than malloc takes from the system each time. Bigger holes are taken in pieces. */
enum { BIGGEST = 64 * 1024, STEP = 16 };

/* A list of the filled holes, which are never freed. Each begins with the address of the next. */
static void *filled;

void holes_fill(void) {
  struct allocator allocator = allocator_read();
  /* Memory above this was never used, or is free at the end of the heap. */
  uintptr_t end = (uintptr_t)sbrk(0) - allocator.top;
  /* A limit in case `end` is wrong because other code also moves the break. */
  size_t left = allocator.taken;
  /* malloc's header takes half a step of each chunk. */
  for (size_t size = BIGGEST - STEP / 2; size >= STEP; size -= STEP) {
    for (;;) {
      void *hole = malloc(size);
      if (!hole) return;
      if ((uintptr_t)hole >= end || size > left) {
        free(hole);
        break;
      }
      left -= size;
      *(void **)hole = filled;
      filled = hole;
    }
  }
}
