import { randomInt, randomUUID } from 'node:crypto';

/** After this many draws, the next one uses fresh bytes, whatever was left in Node's cache. */
const CACHED_UUIDS = 128;
const CACHED_INTS = 1024;

/** What Node has drawn in advance. */
export interface NodeCaches {
  /** Buffers to be refilled. */
  readonly pools: Uint8Array[];
  /** Uses up the caches that were not found. */
  readonly burn: () => void;
}

/**
 * Finds the bytes that Node keeps for crypto.randomUUID() and crypto.randomInt(). They are internal, but Node reads
 * their length before it fills them, and that can be observed. Refilling them takes microseconds. Using them up takes
 * 128 and 1,024 calls, which cost hundreds of microseconds in a new process.
 */
export function findNodeCaches(find: typeof bufferFilledBy = bufferFilledBy): NodeCaches {
  const pools: Uint8Array[] = [];
  const burners: (() => void)[] = [];
  for (const [draw, cached] of [
    [() => randomUUID(), CACHED_UUIDS],
    [() => randomInt(2), CACHED_INTS],
  ] as const) {
    const pool = find(draw, cached + 1);
    if (pool) pools.push(pool);
    else burners.push(() => repeat(draw, cached));
  }
  return { pools, burn: () => burners.forEach((burn) => void burn()) };
}

/** Draws until Node refills a buffer, and returns that buffer. The first draw of a process refills it immediately. */
export function bufferFilledBy(draw: () => unknown, atMost: number): Uint8Array | undefined {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
  const original = Object.getOwnPropertyDescriptor(prototype, 'byteLength') as PropertyDescriptor;
  let filled: Uint8Array | undefined;
  Object.defineProperty(prototype, 'byteLength', {
    ...original,
    get(this: Uint8Array) {
      filled = this;
      return original.get?.call(this);
    },
  });
  try {
    for (let drawn = 0; drawn < atMost && !filled; drawn += 1) draw();
  } finally {
    Object.defineProperty(prototype, 'byteLength', original);
  }
  return filled;
}

function repeat(draw: () => unknown, times: number): void {
  for (let drawn = 0; drawn < times; drawn += 1) draw();
}
