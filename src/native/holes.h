/*
 * The holes that frees have left between what is still in use. What a copy of this process allocates would go there
 * first, and each time copy a page that it shared.
 */
#ifndef SWARM_HOLES_H
#define SWARM_HOLES_H

/*
 * Takes those that the calling thread could use, for good: what it allocates from now on, here and in copies, lies
 * together, in pages that hold nothing else. It takes no memory: nothing is written to them but their sizes. Of glibc's
 * malloc; where another one is in its place it does nothing.
 */
void holes_fill(void);

#endif
