#define _GNU_SOURCE
#include "allocator.h"

#include <dlfcn.h>
#include <malloc.h>

/* struct mallinfo2, which headers before glibc 2.33 lack. */
struct sizes {
  size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

typedef struct sizes read_sizes(void);
typedef struct mallinfo read_numbers(void);

static read_sizes *sizes;
static read_numbers *numbers;

/* Runs when the addon is loaded. dlsym() takes the loader's lock, so it must not run while threads are parked. */
__attribute__((constructor)) static void find(void) {
  sizes = (read_sizes *)dlsym(RTLD_DEFAULT, "mallinfo2");
  numbers = (read_numbers *)dlsym(RTLD_DEFAULT, "mallinfo");
}

struct allocator allocator_read(void) {
  if (sizes) {
    struct sizes now = sizes();
    return (struct allocator){.taken = now.arena, .unused = now.fordblks, .top = now.keepcost};
  }
  if (!numbers) return (struct allocator){0};
  struct mallinfo now = numbers();
  return (struct allocator){
      .taken = (unsigned)now.arena, .unused = (unsigned)now.fordblks, .top = (unsigned)now.keepcost};
}
