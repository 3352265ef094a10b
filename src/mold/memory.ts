import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

/** The memory of this process that a fork would have a share in, without what all processes map from files. Bytes. */
export function ownMemory(): number {
  try {
    const kilobytes = /^Anonymous:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux, or not ours to see.
  }
  try {
    return process.memoryUsage.rss();
  } catch {
    // There is no /proc. Nothing is forked here; `swarm doctor` loads packages all the same.
    return 0;
  }
}

/** What JavaScript holds, bytes: once garbage is collected it is the same each time, whatever pages V8 and malloc keep. */
export function heldMemory(): number {
  try {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  } catch {
    // Without /proc it cannot say how much is resident, and so says nothing.
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
    return heap + external;
  }
}
