/*
 * The holes that frees have left between what is still in use. What a copy of this process allocates would go there
 * first, and each time copy a page that it shared.
 */
#ifndef SWARM_HOLES_H
#define SWARM_HOLES_H

/*
 * Takes the holes that the calling thread could use, permanently: from now on its allocations, here and in copies, lie
 * together in pages that hold nothing else. It writes only their sizes; if a hole had been returned to the system, that
 * touches one page in sixteen. This is for glibc's malloc; with any other, it does nothing.
 */
void holes_fill(void);

#endif
