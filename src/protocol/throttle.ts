import type { Readable } from 'node:stream';

/** What is read of one channel in each interval: a hundred times what a worker has to say. */
const MAX_BYTES = 64 * 1024;

/** Milliseconds. */
const INTERVAL = 1000;

/**
 * Reads no more of a stream than the supervisor can bear, although a process writes to it without end. What is not read
 * waits in the kernel, and the writer with it.
 */
export function throttle(stream: Readable): void {
  let intervalEnd = 0;
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  stream.on('data', (chunk: string | Buffer) => {
    const now = performance.now();
    if (now >= intervalEnd) {
      intervalEnd = now + INTERVAL;
      bytes = 0;
    }
    bytes += chunk.length;
    if (bytes <= MAX_BYTES || timer) return;
    stream.pause();
    timer = setTimeout(() => {
      timer = undefined;
      stream.resume();
    }, intervalEnd - now);
    timer.unref();
  });
  stream.once('close', () => clearTimeout(timer));
}
