#define _GNU_SOURCE
#include "holes.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "allocator.h"

/* Bytes. It is less than what malloc takes from the system each time; a bigger hole is taken in pieces. */
enum { BIGGEST = 64 * 1024, STEP = 16 };

/* They stay. Each begins with the address of the next. */
static void *filled;

void holes_fill(void) {
  struct allocator allocator = allocator_read();
  /* Above is what has never been used, or was given back. */
  uintptr_t end = (uintptr_t)sbrk(0) - allocator.top;
  /* A limit in case this is wrong because other code moves the break too. */
  size_t left = allocator.taken;
  /* Of a chunk, malloc itself uses half a step. */
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
