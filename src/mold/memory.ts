import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { residentMemory } from '../proc/memory.ts';

/** The memory of this process that a fork would share, without files that all processes map. Bytes; 0 without /proc. */
export function ownMemory(): number {
  try {
    const kilobytes = /^Anonymous:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux, or a sandbox hides it.
  }
  // `swarm doctor` loads packages even where nothing can be forked.
  return residentMemory() ?? 0;
}

/** What JavaScript holds, bytes. After a collection it does not depend on the pages that V8 and malloc keep. */
export function heldMemory(): number {
  try {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  } catch {
    // Without /proc, Node does not know the resident memory, and memoryUsage() throws.
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
    return heap + external;
  }
}
