/* glibc's per-thread data that must change in a copy of the thread. */
#ifndef SWARM_LIBC_H
#define SWARM_LIBC_H

#include <stdbool.h>
#include <stddef.h>

/* Finds where glibc keeps it. Call this once, before the rest. Returns NULL, or why it failed. */
const char *libc_prepare(void);

size_t libc_page_bytes(void);

/* Returns the address of the tid in a struct pthread, which pthread_t points to. */
int *libc_tid(char *self);

/* Whether the address is in this struct pthread. */
bool libc_contains(const char *self, const void *address);

/* Registers the calling thread's rseq area. If an area wrongly claims to be registered, glibc and allocators use the
 * per-CPU data of the wrong CPU. On failure, marks the area, so that the thread does without rseq. */
void libc_register_rseq(char *thread_pointer);

#endif
