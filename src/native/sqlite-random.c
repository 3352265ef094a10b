#define _GNU_SOURCE
#include "sqlite-random.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * sqlite3_randomness(0, NULL) would do it, but Node and most addons do not export the functions of their SQLite. So
 * this searches for the generator itself, a static variable. It is ChaCha20: its state begins with a constant, and is
 * followed by the block computed from it. No other memory holds both.
 */
enum { WORDS = 16, ROUNDS = 10, COUNTER = 12 };

/* sqlite3Prng, since SQLite 3.41. */
struct generator {
  uint32_t state[WORDS];
  uint32_t block[WORDS];
  uint8_t left;
};

/* "expand 32-byte k" */
static const uint32_t constant[] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

static void mix(uint32_t *words, int a, int b, int c, int d) {
  static const int turns[] = {16, 12, 8, 7};
  for (int i = 0; i < 4; i += 2) {
    words[a] += words[b];
    words[d] ^= words[a];
    words[d] = words[d] << turns[i] | words[d] >> (32 - turns[i]);
    words[c] += words[d];
    words[b] ^= words[c];
    words[b] = words[b] << turns[i + 1] | words[b] >> (32 - turns[i + 1]);
  }
}

static bool is_generator(const struct generator *generator) {
  if (memcmp(generator->state, constant, sizeof constant) != 0 || generator->left > sizeof generator->block)
    return false;
  uint32_t words[WORDS];
  memcpy(words, generator->state, sizeof words);
  for (int round = 0; round < ROUNDS; ++round) {
    for (int column = 0; column < 4; ++column) mix(words, column, column + 4, column + 8, column + 12);
    for (int column = 0; column < 4; ++column) {
      mix(words, column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12);
    }
  }
  for (int i = 0; i < WORDS; ++i) {
    if (words[i] + generator->state[i] != generator->block[i]) return false;
  }
  return true;
}

static int renew_in(uintptr_t start, uintptr_t end) {
  int found = 0;
  for (uintptr_t at = (start + 3) & ~(uintptr_t)3; at + sizeof(struct generator) <= end; at += sizeof(uint32_t)) {
    struct generator *generator = (struct generator *)at;
    if (generator->state[0] != constant[0] || !is_generator(generator)) continue;
    /* SQLite itself marks an unseeded generator this way. */
    generator->state[0] = 0;
    ++found;
  }
  return found;
}

/* Searches the variables of a library, or of Node itself. */
static int renew_in_library(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes;
  int *found = context;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W)) continue;
    uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    *found += renew_in(start, start + segment->p_memsz);
  }
  return 0;
}

int sqlite_random_renew(void) {
  int found = 0;
  dl_iterate_phdr(renew_in_library, &found);
  return found;
}
