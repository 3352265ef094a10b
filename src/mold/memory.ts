import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { residentMemory } from '../proc/memory.ts';

/** Returns this process's memory that a fork would share, except mapped files, in bytes; 0 without /proc. */
export function ownMemory(): number {
  try {
    const kilobytes = /^Anonymous:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux, or a sandbox hides it.
  }
  // `swarm doctor` loads packages even if it cannot fork.
  return residentMemory() ?? 0;
}

/** Returns the bytes that JavaScript holds. After a collection, free pages that V8 and malloc keep do not count. */
export function heldMemory(): number {
  try {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  } catch {
    // Without /proc, Node cannot read the resident set size, and memoryUsage() throws.
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
    return heap + external;
  }
}
