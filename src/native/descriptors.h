/*
 * Kernel objects that a fork shares although each process needs its own: a wake-up for one must not wake the other.
 * They are recorded while all threads are parked, because the parent drains them as soon as it runs. The copy recreates
 * them at the same descriptor numbers, with the same flags and contents.
 */
#ifndef SWARM_DESCRIPTORS_H
#define SWARM_DESCRIPTORS_H

#include "arena.h"
#include "watches.h"

struct descriptor;

/* Records the objects. `maps` is the text of /proc/self/maps. Returns 0 or a negative errno. */
long descriptors_note(struct arena *arena, const char *maps, const struct watch *watches,
                      struct descriptor **descriptors);

/* In the copy: recreates them. Returns 0 or a negative errno; on failure the copy must exit. */
long descriptors_renew(struct descriptor *descriptors);

/* In the parent: closes what was made only for the copy. */
void descriptors_forget(struct descriptor *descriptors);

#endif
