import { getRandomValues, randomInt, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { bufferFilledBy, findNodeCaches } from '../../../../src/sameness/renewal/node-caches.ts';

/** The id that comes from Node's cache once the bytes drawn in advance are overwritten with zeros. */
const ZERO_UUID = '00000000-0000-4000-8000-000000000000';
const RANGE = 2 ** 48 - 1;

it("finds the bytes that Node's ids are made from, whatever was drawn before", () => {
  for (let i = 0; i < 7; i += 1) void [randomUUID(), randomInt(RANGE)];
  const { pools } = findNodeCaches();

  expect(pools).toHaveLength(2);
  for (const pool of pools) pool.fill(0);
  expect([randomUUID(), randomInt(RANGE)]).toEqual([ZERO_UUID, 0]);
});

it('leaves nothing to use up if it has found them', () => {
  const { pools, burn } = findNodeCaches();
  for (const pool of pools) pool.fill(0);
  burn();
  expect([randomUUID(), randomInt(RANGE)]).toEqual([ZERO_UUID, 0]);
  for (const pool of pools) getRandomValues(pool);
});

it.each([0, 1, 127, 128, 200])('uses up caches that it has not found, after %i draws', (draws) => {
  const { pools } = findNodeCaches();
  const { burn } = findNodeCaches(() => undefined);
  for (let i = 0; i < draws; i += 1) void [randomUUID(), randomInt(RANGE)];
  for (const pool of pools) pool.fill(0);
  burn();

  expect(randomUUID()).not.toBe(ZERO_UUID);
  expect(randomInt(RANGE)).not.toBe(0);
});

it('stops as soon as possible, or at the limit, and leaves no trace', () => {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
  const before = Object.getOwnPropertyDescriptor(prototype, 'byteLength');
  let draws = 0;
  expect(bufferFilledBy(() => (draws += 1), 9)).toBeUndefined();
  expect(draws).toBe(9);

  const bytes = new Uint8Array(16);
  expect(bufferFilledBy(() => bytes.byteLength, 9)).toBe(bytes);
  expect(Object.getOwnPropertyDescriptor(prototype, 'byteLength')).toEqual(before);
});
