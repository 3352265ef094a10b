import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RandomPools } from '../../../../src/sameness/renewal/pools.ts';

/** What is taken for a pool after these bytes were filled, and then something was done with them. */
function poolsAfter(view: Uint8Array, then: (view: Uint8Array) => unknown = () => {}): Uint8Array[] {
  const pools = new RandomPools();
  pools.note(randomFillSync(view));
  then(view);
  return pools.select();
}

describe('a buffer that was filled with random bytes is', () => {
  it.each([
    [128, 'the smallest that holds the bytes of many ids'],
    [256, "uuid's"],
    [65_536, 'as large as crypto.getRandomValues() fills'],
    [5, "the part of MongoDB's ObjectId that is the process's"],
  ])('a pool with %i bytes: %s', (size) => {
    expect(poolsAfter(new Uint8Array(size)).map(({ length }) => length)).toEqual([size]);
  });

  it.each([4, 6, 12, 16, 24, 32, 64])('left alone with %i bytes: a key, a nonce, a secret', (size) => {
    expect(poolsAfter(new Uint8Array(size))).toEqual([]);
  });

  it('a pool in exactly the part that was filled', () => {
    const [pool] = poolsAfter(new Uint8Array(1024).subarray(100, 400));
    expect(pool?.byteOffset).toBe(100);
    expect(pool?.byteLength).toBe(300);
  });

  it('a pool once, however often it was filled', () => {
    const pools = new RandomPools();
    const view = new Uint8Array(256);
    for (let i = 0; i < 3; i += 1) pools.note(randomFillSync(view));
    expect(pools.select()).toHaveLength(1);
  });

  it('a pool although UUIDs were marked in it', () => {
    const marked = poolsAfter(new Uint8Array(256), (view) => {
      for (let uuid = 0; uuid < 256; uuid += 16) view[uuid + 6] = view[uuid + 8] = 0;
    });
    expect(marked).toHaveLength(1);
  });

  it('left alone when it was used for something else since', () => {
    const reused = poolsAfter(new Uint8Array(256), (view) => view.fill(0, 0, 64));
    expect(reused).toEqual([]);
  });

  it('left alone when it is gone', () => {
    const buffer = new ArrayBuffer(256);
    expect(poolsAfter(new Uint8Array(buffer), () => structuredClone(buffer, { transfer: [buffer] }))).toEqual([]);
  });

  it('left alone when it has shrunk', () => {
    // Not yet in the types for Node 20.
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: object,
    ) => ArrayBuffer & { resize(length: number): void };
    const buffer = new Resizable(256, { maxByteLength: 256 });
    expect(poolsAfter(new Uint8Array(buffer, 0, 200), () => buffer.resize(100))).toEqual([]);
  });

  it('left alone in the memory of WebAssembly, where something else may be by now', () => {
    expect(poolsAfter(new Uint8Array(65_536).subarray(0, 256))).toEqual([]);
  });

  it("a pool in what Buffer.allocUnsafe() has cut off Node's own buffer", () => {
    const view = Buffer.allocUnsafe(2688);
    expect(view.buffer.byteLength).toBeGreaterThan(2688);
    expect(poolsAfter(view)).toHaveLength(1);
  });

  it('left alone when it is shared with other threads', () => {
    expect(poolsAfter(new Uint8Array(new SharedArrayBuffer(256)))).toEqual([]);
  });
});
