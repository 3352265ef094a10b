import { readFileSync } from 'node:fs';

/** The memory of this process that a fork would have a share in, without what all processes map from files. Bytes. */
export function ownMemory(): number {
  try {
    const kilobytes = /^Anonymous:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux, or not ours to see.
  }
  return process.memoryUsage.rss();
}

/** What JavaScript holds, bytes: once garbage is collected it is the same each time, whatever pages V8 and malloc keep. */
export function heldMemory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
