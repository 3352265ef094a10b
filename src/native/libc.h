/* What glibc stores for each thread and a copy of the thread must change. */
#ifndef SWARM_LIBC_H
#define SWARM_LIBC_H

#include <stdbool.h>
#include <stddef.h>

/* Finds where glibc stores it. Call this once, before the rest. Returns NULL, or why it failed. */
const char *libc_prepare(void);

size_t libc_page_bytes(void);

/* Returns the address of the tid in a struct pthread, which pthread_t points to. */
int *libc_tid(char *self);

/* Whether the address is in this struct pthread. */
bool libc_contains(const char *self, const void *address);

/* Registers the rseq area of the calling thread. glibc and allocators use wrong per-CPU data in a thread that believes
 * that it is registered and is not. On failure, marks the area, so that the thread does without rseq. */
void libc_register_rseq(char *thread_pointer);

#endif
