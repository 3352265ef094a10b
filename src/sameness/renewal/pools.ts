import { isArrayBuffer } from 'node:util/types';
import * as threads from 'node:worker_threads';

/** Minimum size of a pool in bytes. Keys, salts, nonces and secrets are smaller; a pool for many ids is not. */
const POOL = 128;

/** Size in bytes of the part of MongoDB's ObjectId that distinguishes processes. Nothing else has this length. */
const OBJECT_ID_PROCESS = 5;

/** Fraction of a pool that may change after it is filled: a UUID's version and variant are in 2 of its 16 bytes. */
const MARKS = 1 / 8;

/** The size of WebAssembly memory is a multiple of this, in bytes. */
const WASM_PAGE = 65_536;

interface Filled {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** A filled part of a buffer. It does not keep the buffer alive. */
export interface Pool {
  readonly buffer: WeakRef<ArrayBuffer>;
  readonly key: string;
}

/** Tracks buffers that packages fill with random bytes and use up gradually. It keeps none of them alive. */
export class RandomPools {
  readonly #buffers = new Set<WeakRef<ArrayBuffer>>();
  readonly #filled = new WeakMap<ArrayBuffer, Map<string, Filled>>();

  /**
   * Call this as soon as bytes have been filled.
   *
   * @returns undefined if they cannot be a pool
   */
  note(view: Uint8Array): Pool | undefined {
    const { buffer, byteOffset: offset, byteLength: length } = view;
    if (length < POOL && length !== OBJECT_ID_PROCESS) return undefined;
    if (!isArrayBuffer(buffer) || isWasmMemory(view)) return undefined;
    let parts = this.#filled.get(buffer);
    if (!parts) {
      parts = new Map();
      this.#filled.set(buffer, parts);
      this.#buffers.add(new WeakRef(buffer));
    }
    const key = `${offset}+${length}`;
    parts.set(key, { offset, length, bytes: view.slice() });
    return { buffer: new WeakRef(buffer), key };
  }

  /** Returns the pools that still exist and still hold what they were filled with. */
  select(): Uint8Array[] {
    const pools: Uint8Array[] = [];
    for (const reference of this.#buffers) {
      const buffer = reference.deref();
      if (!buffer) continue;
      for (const filled of this.#filled.get(buffer)?.values() ?? []) {
        const bytes = bytesStill(buffer, filled);
        if (bytes) pools.push(bytes);
      }
    }
    return pools;
  }

  /** Whether select() would return this pool. */
  holds({ buffer: reference, key }: Pool): boolean {
    const buffer = reference.deref();
    const filled = buffer && this.#filled.get(buffer)?.get(key);
    return filled !== undefined && bytesStill(buffer as ArrayBuffer, filled) !== undefined;
  }
}

/** Returns the bytes of a part if it still holds what it was filled with. */
function bytesStill(buffer: ArrayBuffer, { offset, length, bytes }: Filled): Uint8Array | undefined {
  // The buffer may have been detached, or have shrunk.
  if (offset + length > buffer.byteLength) return undefined;
  const pool = new Uint8Array(buffer, offset, length);
  return isPoolStill(pool, bytes) ? pool : undefined;
}

/** Whether a part is still a pool. One that holds something else now must not be touched. */
function isPoolStill(pool: Uint8Array, filled: Uint8Array): boolean {
  let changed = 0;
  for (let i = 0; i < pool.length; i += 1) if (pool[i] !== filled[i]) changed += 1;
  return changed <= pool.length * MARKS;
}

/** Whether this is WebAssembly memory, where anything may be stored later, such as a free list. */
function isWasmMemory(view: Uint8Array): boolean {
  const { buffer, byteLength } = view;
  if (buffer.byteLength % WASM_PAGE !== 0 || byteLength === buffer.byteLength) return false;
  // From Node 24 on, the pool of Buffer.allocUnsafe() may also have such a size. Node marks that pool.
  const { isMarkedAsUntransferable } = threads as { isMarkedAsUntransferable?: (object: unknown) => boolean };
  return !isMarkedAsUntransferable?.(buffer);
}
