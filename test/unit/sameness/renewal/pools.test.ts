import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RandomPools } from '../../../../src/sameness/renewal/pools.ts';

/** Returns what counts as a pool after a view is filled and `then` is done with it. */
function poolsAfter(view: Uint8Array, then: (view: Uint8Array) => unknown = () => {}): Uint8Array[] {
  const pools = new RandomPools();
  pools.note(randomFillSync(view));
  then(view);
  return pools.select();
}

describe('a buffer that was filled with random bytes is', () => {
  it.each([
    [128, 'the smallest pool for many ids'],
    [256, "uuid's"],
    [65_536, 'the most that crypto.getRandomValues() fills'],
    [5, "the process's part of MongoDB's ObjectId"],
  ])('a pool if it has %i bytes: %s', (size) => {
    expect(poolsAfter(new Uint8Array(size)).map(({ length }) => length)).toEqual([size]);
  });

  it.each([4, 6, 12, 16, 24, 32, 64])('left alone if it has %i bytes: a key, a nonce, a secret', (size) => {
    expect(poolsAfter(new Uint8Array(size))).toEqual([]);
  });

  it('a pool only in the part that was filled', () => {
    const [pool] = poolsAfter(new Uint8Array(1024).subarray(100, 400));
    expect(pool?.byteOffset).toBe(100);
    expect(pool?.byteLength).toBe(300);
  });

  it('one pool, however often it was filled', () => {
    const pools = new RandomPools();
    const view = new Uint8Array(256);
    for (let i = 0; i < 3; i += 1) pools.note(randomFillSync(view));
    expect(pools.select()).toHaveLength(1);
  });

  it('still a pool after UUID bits were set in it', () => {
    const marked = poolsAfter(new Uint8Array(256), (view) => {
      for (let uuid = 0; uuid < 256; uuid += 16) view[uuid + 6] = view[uuid + 8] = 0;
    });
    expect(marked).toHaveLength(1);
  });

  it('left alone if it has been overwritten', () => {
    const reused = poolsAfter(new Uint8Array(256), (view) => view.fill(0, 0, 64));
    expect(reused).toEqual([]);
  });

  it('left alone if it has been detached', () => {
    const buffer = new ArrayBuffer(256);
    expect(poolsAfter(new Uint8Array(buffer), () => structuredClone(buffer, { transfer: [buffer] }))).toEqual([]);
  });

  it('left alone if it has shrunk', () => {
    // Not yet in the types for Node 20.
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: object,
    ) => ArrayBuffer & { resize(length: number): void };
    const buffer = new Resizable(256, { maxByteLength: 256 });
    expect(poolsAfter(new Uint8Array(buffer, 0, 200), () => buffer.resize(100))).toEqual([]);
  });

  it('left alone in WebAssembly memory, which may hold something else now', () => {
    expect(poolsAfter(new Uint8Array(65_536).subarray(0, 256))).toEqual([]);
  });

  it("a pool in a slice of Node's own buffer, from Buffer.allocUnsafe()", () => {
    const view = Buffer.allocUnsafe(2688);
    expect(view.buffer.byteLength).toBeGreaterThan(2688);
    expect(poolsAfter(view)).toHaveLength(1);
  });

  it('left alone if it is shared with other threads', () => {
    expect(poolsAfter(new Uint8Array(new SharedArrayBuffer(256)))).toEqual([]);
  });
});
