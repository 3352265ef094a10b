#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel.h"
#include "proc.h"

bool memory_next(const char **at, struct mapping *mapping) {
  const char *line = *at;
  uint64_t start, end, number;
  /* 7f6070366000-7f607036a000 rw-s 10000000 00:10 26387                      anon_inode:[io_uring] */
  if (!scan_number(&line, 16, &start) || !scan_word(&line, "-") || !scan_number(&line, 16, &end)) return false;
  enum { PERMISSIONS = sizeof " rw-p" - 1 };
  if (strnlen(line, PERMISSIONS) < PERMISSIONS) return false;
  mapping->start = start;
  mapping->end = end;
  mapping->writable = line[1] == 'r' && line[2] == 'w';
  mapping->shared = line[4] == 's';
  line += PERMISSIONS;
  bool complete = scan_number(&line, 16, &mapping->offset) && scan_number(&line, 16, &number) &&
                  scan_word(&line, ":") && scan_number(&line, 16, &number) && scan_number(&line, 10, &mapping->inode);
  while (*line == ' ') ++line;
  mapping->name = line;
  scan_line(&line);
  *at = line;
  return complete;
}

/* The kernel's own mappings, for which it rejects advice. */
static bool is_the_kernels(const char *name) {
  return scan_word(&name, "[vdso]") || scan_word(&name, "[vvar") || scan_word(&name, "[vsyscall]") ||
         scan_word(&name, "[uprobes]");
}

long memory_include_in_fork(const char *maps) {
  struct mapping mapping;
  while (memory_next(&maps, &mapping)) {
    /* Includes named mappings such as [heap] and [anon:...]. */
    if (mapping.shared || mapping.inode != 0 || is_the_kernels(mapping.name)) continue;
    long error = kernel_call(__NR_madvise, mapping.start, mapping.end - mapping.start, MADV_DOFORK);
    if (error) return error;
  }
  return 0;
}
