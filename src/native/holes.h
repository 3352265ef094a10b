/*
 * Holes that free() left between allocations still in use. Copies of this process would allocate there first, and each
 * time copy a page that they shared.
 */
#ifndef SWARM_HOLES_H
#define SWARM_HOLES_H

/*
 * Permanently takes the holes that the calling thread could use, so that its later allocations, here and in copies, lie
 * together in pages that hold nothing else. Writes only the start of each hole: if the hole was returned to the system,
 * that touches one page in sixteen. Works only with glibc's malloc; with any other, it does nothing.
 */
void holes_fill(void);

#endif
