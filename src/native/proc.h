/* Reading /proc without libc. */
#ifndef SWARM_PROC_H
#define SWARM_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Returns a path such as "/proc/self/task/12/stat", made of the three parts, in the arena; NULL without memory. */
char *proc_path(struct arena *arena, const char *directory, long number, const char *file);

/* Reads a whole file, and ends the text with a zero byte. Returns 0 or a negative errno. */
long proc_read(struct arena *arena, const char *path, char **text);

/* Resident memory of this process in bytes; 0 if unknown. */
size_t proc_resident(void);

/* Calls `visit` for each entry of the directory whose name is a number. Stops at a result other than 0 and returns it.
 * Returns 0 at the end, or a negative errno. */
long proc_numbers(int directory, long (*visit)(void *context, int number), void *context);

/* Scanners. Each reads at `*at`, advances it past a match, and returns whether there was one. */
bool scan_word(const char **at, const char *word);
bool scan_number(const char **at, unsigned base, uint64_t *value);
/* Advances to the next line; false at the end of the text. */
bool scan_line(const char **at);
/* Finds a line that begins with `key`, and reads the number after it. */
bool scan_field(const char *text, const char *key, unsigned base, uint64_t *value);

#endif
