/* What glibc keeps of each thread, and a copy of the thread must change. */
#ifndef SWARM_LIBC_H
#define SWARM_LIBC_H

#include <stdbool.h>
#include <stddef.h>

/* Learns where it is: once, before the rest. NULL, or why that is not possible. */
const char *libc_prepare(void);

/* Of memory. */
size_t libc_page_bytes(void);

/* The thread id in a struct pthread, to which pthread_t points. */
int *libc_tid(char *self);

/* Whether the address is in this struct pthread. */
bool libc_contains(const char *self, const void *address);

/* Per-processor data of glibc and allocators is wrong in a thread that is not registered with the kernel and believes
 * it is. For the calling thread; where it fails, the thread knows, and does without. */
void libc_register_rseq(char *thread_pointer);

#endif
