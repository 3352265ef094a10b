#define _GNU_SOURCE
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "kernel.h"
#include "libc.h"

char *proc_path(struct arena *arena, const char *directory, long number, const char *file) {
  enum { DIGITS = 20 };
  size_t before = strlen(directory);
  size_t after = strlen(file);
  char *path = arena_take(arena, before + DIGITS + after + 1);
  if (!path) return NULL;
  memcpy(path, directory, before);
  char digits[DIGITS];
  size_t count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  char *at = path + before;
  while (count > 0) *at++ = digits[--count];
  memcpy(at, file, after + 1);
  return path;
}

long proc_read(struct arena *arena, const char *path, char **text) {
  long fd = kernel_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  size_t size = 4096;
  size_t length = 0;
  long result = -ENOMEM;
  char *buffer = arena_take(arena, size);
  while (buffer) {
    result = kernel_call(__NR_read, fd, buffer + length, size - length - 1);
    if (result <= 0) break;
    length += (size_t)result;
    if (size - length > size / 4) continue;
    char *larger = arena_take(arena, size * 2);
    if (larger) memcpy(larger, buffer, length);
    buffer = larger;
    size *= 2;
    result = -ENOMEM;
  }
  kernel_call(__NR_close, fd);
  if (result < 0) return result;
  buffer[length] = 0;
  *text = buffer;
  return 0;
}

size_t proc_resident(void) {
  char text[128] = "";
  long fd = kernel_call(__NR_openat, AT_FDCWD, "/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long bytes = kernel_call(__NR_read, fd, text, sizeof text - 1);
  kernel_call(__NR_close, fd);
  const char *at = text;
  uint64_t pages;
  bool known = bytes > 0 && scan_number(&at, 10, &pages) && scan_number(&at, 10, &pages);
  return known ? (size_t)pages * libc_page_bytes() : 0;
}

/* struct linux_dirent64, which getdents64 fills in. */
struct entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

long proc_numbers(int directory, long (*visit)(void *context, int number), void *context) {
  _Alignas(struct entry) char buffer[4096];
  long error = kernel_call(__NR_lseek, directory, 0, SEEK_SET);
  if (error < 0) return error;
  for (;;) {
    long bytes = kernel_call(__NR_getdents64, directory, buffer, sizeof buffer);
    if (bytes <= 0) return bytes;
    for (long at = 0; at < bytes;) {
      const struct entry *entry = (const struct entry *)(buffer + at);
      at += entry->length;
      const char *name = entry->name;
      uint64_t number;
      if (!scan_number(&name, 10, &number)) continue;
      long result = visit(context, (int)number);
      if (result) return result;
    }
  }
}

bool scan_word(const char **at, const char *word) {
  size_t length = strlen(word);
  if (strncmp(*at, word, length) != 0) return false;
  *at += length;
  return true;
}

static int digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  return 16;
}

bool scan_number(const char **at, unsigned base, uint64_t *value) {
  while (**at == ' ' || **at == '\t') ++*at;
  const char *start = *at;
  *value = 0;
  for (; digit(**at) < (int)base; ++*at) *value = *value * base + (unsigned)digit(**at);
  return *at > start;
}

bool scan_line(const char **at) {
  while (**at && **at != '\n') ++*at;
  if (**at) ++*at;
  return **at != 0;
}

bool scan_field(const char *text, const char *key, unsigned base, uint64_t *value) {
  for (const char *at = text; *at; scan_line(&at)) {
    if (scan_word(&at, key)) return scan_number(&at, base, value);
  }
  return false;
}
