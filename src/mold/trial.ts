import { pbkdf2 } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Native } from '../native/binding.ts';
import { pause } from './pause.ts';

/** Missing from Node's types. */
declare const WebAssembly: { compile(module: Uint8Array): Promise<unknown> };

/** Time limit for the fork, and again for the copy to prove that it works, in milliseconds. */
const TIMEOUT = 10_000;

/** Delay between two attempts to fork, in milliseconds. */
const RETRY_DELAY = 100;

/**
 * Forks this process once, before any worker depends on a fork. The copy uses Node's and V8's threads, garbage
 * collection and the event loop, to prove that they work.
 *
 * @returns why this process cannot be forked; undefined if it can
 */
export async function tryFork(native: Native): Promise<string | undefined> {
  let pid: number;
  try {
    pid = forkInTime(native);
  } catch (error) {
    return (error as Error).message;
  }
  if (pid === 0) {
    await useEverything();
    native.exit(0);
  }
  return awaitCopy(native, pid);
}

/** Retries: on a busy machine, a thread may not be scheduled in time to be stopped for the fork. */
function forkInTime(native: Native): number {
  const deadline = performance.now() + TIMEOUT;
  for (;;) {
    try {
      return native.fork(false);
    } catch (error) {
      const isOver = performance.now() > deadline;
      if (isOver || (error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      pause(RETRY_DELAY);
    }
  }
}

/** Blocks the event loop: while the copy exists, nothing may run here that would also run there. */
function awaitCopy(native: Native, pid: number): string | undefined {
  const deadline = performance.now() + TIMEOUT;
  for (;;) {
    const ending = native.reap(pid);
    if (ending?.code === 0) return undefined;
    if (ending) return `a copy of it ended with ${ending.signal ?? `status ${ending.code}`}`;
    if (performance.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      return 'a copy of it does not work';
    }
    pause(1);
  }
}

async function useEverything(): Promise<void> {
  // The thread pool, and how it wakes the event loop.
  await Promise.all([
    stat('/'),
    promisify(pbkdf2)('a', 'b', 1, 32, 'sha256'),
    promisify(deflate)(Buffer.alloc(1024)),
    // V8's own threads.
    WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
  ]);
  // Enough garbage for a parallel collection.
  let kept: unknown[] = [];
  for (let i = 0; i < 200_000; ++i) {
    if (i % 50_000 === 0) kept = [];
    kept.push({ i });
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
