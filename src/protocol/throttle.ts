import type { Readable } from 'node:stream';

/** The most to read from one channel per interval: a hundred times what a worker normally sends. */
const MAX_BYTES = 64 * 1024;

/** Milliseconds. */
const INTERVAL = 1000;

/**
 * Limits how fast a stream is read, so that a process that keeps writing can neither occupy the supervisor nor fill its
 * memory. Unread bytes stay in the kernel, where they block the writer.
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
