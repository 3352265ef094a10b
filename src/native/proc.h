/* Reading /proc without libc. */
#ifndef SWARM_PROC_H
#define SWARM_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* "/proc/self/fdinfo/" and 12: the path in the arena, NULL without memory. */
char *proc_path(struct arena *arena, const char *directory, long number, const char *file);

/* The whole file, ended by a zero. 0 or a negative errno. */
long proc_read(struct arena *arena, const char *path, char **text);

/* What of this process is in memory, bytes; 0: unknown. */
size_t proc_resident(void);

/* Calls `visit` for each entry of a directory whose name is a number. What is not 0 ends it and is returned. */
long proc_numbers(int directory, long (*visit)(void *context, int number), void *context);

/* Scanning text. Each takes the position to read from, moves it behind what was read, and says whether it was there. */
bool scan_word(const char **at, const char *word);
bool scan_number(const char **at, unsigned base, uint64_t *value);
/* To the first character of the next line; false at the end of the text. */
bool scan_line(const char **at);
/* Anywhere in the text: a line that begins with `key`, then its number. */
bool scan_field(const char *text, const char *key, unsigned base, uint64_t *value);

#endif
