/*
 * Runs the parsers of /proc on every prefix of some texts, and with each byte replaced, to prove that they never read
 * past the terminating zero. c.sh builds it with sanitizers, which abort if they do.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/native/memory.h"
#include "../../src/native/proc.h"

static const char *const texts[] = {
    "7f6070366000-7f607036a000 rw-s 10000000 00:10 26387                      anon_inode:[io_uring]\n"
    "7ffd0-7ffd1 r-xp 00000000 00:00 0 [vdso]\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n",
    "Name:\tnode\nThreads:\t11\nSigQ:\t0/1\n",
    "pos:\t0\nflags:\t02004002\nmnt_id:\t15\neventfd-count:                5\neventfd-id: 3\n",
    "tfd:       12 events: 80000019 data:  123456789abcdef  pos:0 ino:61af sdev:7\n",
    "99999999999999999999999999999 -1 0x12 ffffffffffffffffffffff\n",
};

static unsigned sum;

static void read_all(const char *text) {
  struct mapping mapping;
  for (const char *at = text; memory_next(&at, &mapping);)
    sum += (unsigned)mapping.inode + (unsigned char)*mapping.name;
  uint64_t value;
  static const char *const keys[] = {"Threads:", "eventfd-count:", "flags:", "tfd:", ""};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) sum += scan_field(text, keys[i], 16, &value);
  for (const char *at = text; *at; ++at) {
    const char *word = at, *number = at, *line = at;
    sum += scan_word(&word, "[vdso]") + scan_number(&number, 10, &value) + scan_line(&line);
  }
}

int main(void) {
  static const char replacements[] = {0, ' ', '\n', '-', '0', 'f', ':', (char)0xff};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    size_t length = strlen(texts[i]);
    for (size_t cut = 0; cut <= length; ++cut) {
      /* Allocated with the exact size, so that the sanitizer knows the end. */
      char *text = malloc(cut + 1);
      if (!text) return 1;
      memcpy(text, texts[i], cut);
      text[cut] = 0;
      read_all(text);
      for (size_t j = 0; j < sizeof replacements && cut > 0; ++j) {
        char former = text[cut - 1];
        text[cut - 1] = replacements[j];
        read_all(text);
        text[cut - 1] = former;
        /* Once more in the whole text. */
        char *whole = strdup(texts[i]);
        if (!whole) return 1;
        whole[cut - 1] = replacements[j];
        read_all(whole);
        free(whole);
      }
      free(text);
    }
  }
  printf("parsing: %zu texts, each cut and changed at every byte\n", sizeof texts / sizeof *texts);
  return sum == 0;
}
