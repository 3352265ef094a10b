#define _GNU_SOURCE
#include "v8-random.h"

#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "v8.h"

/*
 * The isolate points to the generator, but no method returns it. It is recognized by its behavior: of everything that
 * the isolate points to, it is the object whose state advances by its algorithm when V8 draws. No other 16 bytes do
 * that by accident.
 */

/* The state of v8::base::RandomNumberGenerator, which begins with its seed. */
struct state {
  uint64_t one;
  uint64_t other;
};
enum { STATE_OFFSET = sizeof(int64_t) };

struct suspect {
  uintptr_t address;
  struct state state;
};

/* More than the size of an isolate, up to Node 26. The memory after it may end earlier. */
enum { ISOLATE_BYTES = 256 * 1024, ISOLATE_WORDS = ISOLATE_BYTES / sizeof(uintptr_t) };

/* V8 draws again if a hash would be 0. */
enum { MOST_STEPS = 64 };

/* XorShift128+ */
static struct state next(struct state state) {
  uint64_t mixed = state.one ^ state.one << 23;
  mixed ^= mixed >> 17;
  mixed ^= state.other ^ state.other >> 26;
  return (struct state){state.other, mixed};
}

static bool is_equal(struct state one, struct state other) { return one.one == other.one && one.other == other.other; }

static bool is_zero(struct state state) { return state.one == 0 && state.other == 0; }

static bool leads_to(struct state from, struct state to) {
  for (int step = 0; step < MOST_STEPS; ++step) {
    from = next(from);
    if (is_equal(from, to)) return true;
  }
  return false;
}

/* Reads through the kernel, because the value may not be an address. */
static bool read_state(int memory, uintptr_t address, struct state *state) {
  return pread(memory, state, sizeof *state, (off_t)address) == sizeof *state;
}

struct range {
  uintptr_t start;
  uintptr_t end;
};

/* The program is the first in the list. */
static int find_program(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes;
  struct range *program = context;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type != PT_LOAD) continue;
    if (program->end == 0) program->start = start;
    program->end = start + segment->p_memsz;
  }
  return 1;
}

static size_t find_suspects(int memory, struct isolate *isolate, struct suspect *suspects) {
  size_t count = 0;
  /* Skips pointers into the program: most of an isolate's pointers lead to V8's code. */
  struct range program = {0};
  dl_iterate_phdr(find_program, &program);
  enum { BATCH = 512 };
  uintptr_t words[BATCH];
  uintptr_t end = (uintptr_t)isolate + ISOLATE_BYTES;
  for (uintptr_t at = (uintptr_t)isolate; at < end; at += sizeof words) {
    ssize_t bytes = pread(memory, words, sizeof words, (off_t)at);
    for (ssize_t i = 0; i < bytes / (ssize_t)sizeof *words; ++i) {
      struct suspect suspect = {.address = words[i] + STATE_OFFSET};
      if (words[i] >= program.start && words[i] < program.end) continue;
      if (words[i] == 0 || words[i] % _Alignof(struct state) != 0 || words[i] > INTPTR_MAX - STATE_OFFSET) continue;
      /* A state of 0 never changes. */
      if (!read_state(memory, suspect.address, &suspect.state) || is_zero(suspect.state)) continue;
      suspects[count++] = suspect;
    }
    if (bytes != sizeof words) break;
  }
  return count;
}

static struct state *find(int memory, struct isolate *isolate, bool (*draw)(void *), void *context) {
  struct suspect *suspects = malloc(ISOLATE_WORDS * sizeof *suspects);
  struct state *found = NULL;
  /* V8 creates the generator at the first draw. */
  if (suspects && draw(context)) {
    size_t count = find_suspects(memory, isolate, suspects);
    struct state state;
    if (!draw(context)) count = 0;
    for (size_t i = 0; i < count && !found; ++i) {
      bool drawn = read_state(memory, suspects[i].address, &state) && leads_to(suspects[i].state, state);
      if (drawn) found = (struct state *)suspects[i].address;
    }
  }
  free(suspects);
  return found;
}

/* Still valid in a copy, whose generator is at the same address. */
static struct {
  struct isolate *isolate;
  struct state *generator;
} known;

bool v8_random_renew(bool (*draw)(void *context), void *context) {
  struct isolate *isolate = v8_isolate();
  if (!isolate) return false;
  if (known.isolate != isolate) {
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    if (memory < 0) return false;
    known.generator = find(memory, isolate, draw, context);
    known.isolate = isolate;
    close(memory);
  }
  struct state fresh;
  if (!known.generator || getrandom(&fresh, sizeof fresh, 0) != sizeof fresh || is_zero(fresh)) return false;
  *known.generator = fresh;
  return true;
}
