/*
 * The holes that frees have left between what is still in use. What a copy of this process allocates would go there
 * first, and each time copy a page that it shared.
 */
#ifndef SWARM_HOLES_H
#define SWARM_HOLES_H

/*
 * Takes those that the calling thread could use, for good: what it allocates from now on, here and in copies, lies
 * together, in pages that hold nothing else. Nothing is written to them but their sizes: where a hole had gone back to
 * the system, to a page in sixteen. This is for glibc's malloc; where another one is in its place nothing is done.
 */
void holes_fill(void);

#endif
