/*
 * Kernel objects that a fork shares although each process needs its own: a wake-up for one must not wake the other.
 * They are noted while all threads are parked, because once the parent runs it drains them, and made anew in the copy
 * at the same descriptor numbers with the same flags and contents.
 */
#ifndef SWARM_DESCRIPTORS_H
#define SWARM_DESCRIPTORS_H

#include "arena.h"
#include "watches.h"

struct descriptor;

/* 0 or a negative errno; `maps` is the text of /proc/self/maps. */
long descriptors_note(struct arena *arena, const char *maps, const struct watch *watches,
                      struct descriptor **descriptors);

/* In the copy. 0 or a negative errno; then the copy must exit. */
long descriptors_renew(struct descriptor *descriptors);

/* In the parent: closes what was made for the copy alone. */
void descriptors_forget(struct descriptor *descriptors);

#endif
