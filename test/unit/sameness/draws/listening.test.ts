import crypto, { randomFillSync as importedByName, type randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../../../../src/sameness/draws/listening.ts';

let filled: Uint8Array[];
let drawn: string[];
let stop = () => {};

beforeEach(() => {
  filled = [];
  drawn = [];
  stop = listen((name) => {
    drawn.push(name);
    return (bytes) => void filled.push(bytes);
  });
});
afterEach(() => stop());

describe('bytes are noticed if drawn with', () => {
  it('crypto.randomBytes', () => {
    const bytes = crypto.randomBytes(300);
    expect(filled.map(place)).toEqual([place(bytes)]);
    expect(drawn).toEqual(['crypto.randomBytes']);
  });

  it('crypto.randomBytes with a callback', async () => {
    const bytes = await promisify(crypto.randomBytes)(300);
    expect(filled).toEqual([new Uint8Array(bytes)]);
  });

  it('crypto.randomFillSync', () => {
    const view = new Uint32Array(100);
    expect(crypto.randomFillSync(view)).toBe(view);
    expect(filled.map(place)).toEqual([[view.buffer, 0, 400]]);
  });

  it('crypto.randomFillSync of a part, given in elements', () => {
    const view = new Uint32Array(new ArrayBuffer(500), 100, 100);
    crypto.randomFillSync(view, 10, 20);
    expect(filled.map(place)).toEqual([[view.buffer, 140, 80]]);
  });

  it('crypto.randomFillSync of an ArrayBuffer and of a DataView', () => {
    const buffer = new ArrayBuffer(300);
    crypto.randomFillSync(buffer as unknown as DataView);
    crypto.randomFillSync(new DataView(buffer, 100), 50);
    expect(filled.map(place)).toEqual([
      [buffer, 0, 300],
      [buffer, 150, 150],
    ]);
  });

  it('crypto.randomFill, once they are filled', async () => {
    const view = new Uint8Array(300);
    const done = new Promise((resolve, reject) => {
      crypto.randomFill(view, 100, 50, (error, bytes) => (error ? reject(error) : resolve(bytes)));
    });
    expect(filled).toEqual([]);
    expect(await done).toBe(view);
    expect(filled.map(place)).toEqual([[view.buffer, 100, 50]]);
  });

  it.each([
    ['globalThis.crypto', () => globalThis.crypto],
    ['crypto.webcrypto', () => crypto.webcrypto as typeof globalThis.crypto],
    ['crypto', () => crypto as unknown as typeof globalThis.crypto],
  ])('%s.getRandomValues', (_, of) => {
    const view = new Uint8Array(300);
    expect(of().getRandomValues(view)).toBe(view);
    expect(filled.map(place)).toEqual([[view.buffer, 0, 300]]);
    expect(drawn).toEqual(['crypto.getRandomValues']);
  });

  it('a function imported by name', () => {
    importedByName(new Uint8Array(300));
    expect(filled).toHaveLength(1);
  });

  it('an old name of crypto.randomBytes', () => {
    (crypto as unknown as { prng: typeof randomBytes }).prng(300);
    expect(filled).toHaveLength(1);
  });
});

it('ids, numbers and the pid are noticed', () => {
  const pid = process.pid;
  expect([crypto.randomUUID(), crypto.randomInt(5), globalThis.crypto.randomUUID()]).not.toContain(undefined);
  expect(drawn).toEqual(['process.pid', 'crypto.randomUUID', 'crypto.randomInt', 'crypto.randomUUID']);
  expect(pid).toBeGreaterThan(0);
});

it('keys and primes are noticed, but not as bytes to refill', async () => {
  crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await promisify(crypto.generateKeyPair)('ec', { namedCurve: 'P-256' });
  crypto.generateKeySync('hmac', { length: 2048 });
  crypto.generatePrimeSync(2048, { safe: false });
  crypto.createECDH('prime256v1').generateKeys();
  await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  expect(drawn).toEqual([
    'crypto.generateKeyPairSync',
    'crypto.generateKeyPair',
    'crypto.generateKeySync',
    'crypto.generatePrimeSync',
    'crypto.ECDH.generateKeys',
    'crypto.subtle.generateKey',
  ]);
  expect(filled).toEqual([]);
});

it('errors are the same as without observation', () => {
  expect(() => crypto.randomBytes(-1)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
  const detached = globalThis.crypto.getRandomValues;
  expect(() => detached(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_THIS' }));
  expect(filled).toEqual([]);
});

it('observed functions keep their names and lengths', () => {
  const shape = (call: { name: string; length: number }) => [call.name, call.length];
  const replaced = shape(crypto.randomFillSync);
  stop();
  expect(replaced).toEqual(shape(crypto.randomFillSync));
});

it('afterwards, the originals are back, and a kept reference is no longer observed', () => {
  const { randomFillSync: kept } = crypto;
  stop();
  expect(crypto.randomFillSync).not.toBe(kept);
  expect(importedByName).toBe(crypto.randomFillSync);
  expect(Object.getOwnPropertyDescriptor(process, 'pid')).toMatchObject({ value: process.pid, writable: false });

  kept(new Uint8Array(300));
  expect([...filled, ...drawn]).toEqual([]);
});

it('a function that other code has replaced since stays replaced', () => {
  const ours = crypto.randomInt;
  const theirs = Object.assign((max: number) => ours(max), {}) as typeof crypto.randomInt;
  crypto.randomInt = theirs;
  stop();
  expect(crypto.randomInt).toBe(theirs);
  Reflect.set(crypto, 'randomInt', ours);
});

function place({ buffer, byteOffset, byteLength }: Uint8Array) {
  return [buffer, byteOffset, byteLength];
}
