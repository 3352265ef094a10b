import { isArrayBuffer } from 'node:util/types';
import * as threads from 'node:worker_threads';

/** Keys, salts, nonces and secrets are smaller; what holds the bytes of many ids is not. */
const POOL = 128;

/** The part of MongoDB's ObjectId that tells one process from another. Nothing else is so long. */
const OBJECT_ID_PROCESS = 5;

/** A pool may have marks in it: the version and the variant of a UUID are 2 bytes of 16. */
const MARKS = 1 / 8;

/** The size that the memory of WebAssembly is a multiple of. */
const WASM_PAGE = 65_536;

interface Filled {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/**
 * The buffers that packages fill with random bytes and use up bit by bit.
 *
 * It does not keep any of them alive.
 */
export class RandomPools {
  readonly #buffers = new Set<WeakRef<ArrayBuffer>>();
  readonly #filled = new WeakMap<ArrayBuffer, Map<string, Filled>>();

  /** These bytes were filled just now. */
  note(view: Uint8Array): void {
    const { buffer, byteOffset: offset, byteLength: length } = view;
    if (length < POOL && length !== OBJECT_ID_PROCESS) return;
    if (!isArrayBuffer(buffer) || isWasmMemory(view)) return;
    let parts = this.#filled.get(buffer);
    if (!parts) {
      parts = new Map();
      this.#filled.set(buffer, parts);
      this.#buffers.add(new WeakRef(buffer));
    }
    parts.set(`${offset}+${length}`, { offset, length, bytes: view.slice() });
  }

  /** Those that are still there, and still hold what they were filled with. */
  select(): Uint8Array[] {
    const pools: Uint8Array[] = [];
    for (const reference of this.#buffers) {
      const buffer = reference.deref();
      if (!buffer) continue;
      for (const { offset, length, bytes } of this.#filled.get(buffer)?.values() ?? []) {
        // It may have been detached, or have shrunk.
        if (offset + length > buffer.byteLength) continue;
        const pool = new Uint8Array(buffer, offset, length);
        if (isPoolStill(pool, bytes)) pools.push(pool);
      }
    }
    return pools;
  }
}

/** What has been filled with something else since is no pool, and must not be touched. */
function isPoolStill(pool: Uint8Array, filled: Uint8Array): boolean {
  let changed = 0;
  for (let i = 0; i < pool.length; i += 1) if (pool[i] !== filled[i]) changed += 1;
  return changed <= pool.length * MARKS;
}

/** A memory in which WebAssembly puts whatever it likes later, perhaps its list of what is free. */
function isWasmMemory(view: Uint8Array): boolean {
  const { buffer, byteLength } = view;
  if (buffer.byteLength % WASM_PAGE !== 0 || byteLength === buffer.byteLength) return false;
  // From Node 24 on, what Buffer.allocUnsafe() hands out are parts of one such size, too; Node marks that one.
  const { isMarkedAsUntransferable } = threads as { isMarkedAsUntransferable?: (object: unknown) => boolean };
  return !isMarkedAsUntransferable?.(buffer);
}
