import { randomFillSync } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { replaceMathRandom } from '../../../../src/sameness/renewal/math-random.ts';

const original = Math.random;
afterEach(() => {
  Math.random = original;
});

const take = (count: number, draw = Math.random) => Array.from({ length: count }, () => draw());

it('a copied state gives the same numbers, and a renewed one gives others, even to kept references', () => {
  const { state } = replaceMathRandom();
  const { random } = Math;
  const copy = state.slice();
  const numbers = take(100);
  state.set(copy);
  expect(take(100, random)).toEqual(numbers);

  state.set(copy);
  randomFillSync(state);
  const renewed = new Set(take(100, random));
  expect(numbers.filter((number) => renewed.has(number))).toEqual([]);
});

it('each process starts with a random state', () => {
  expect(replaceMathRandom().state).not.toEqual(replaceMathRandom().state);
});

it('is sfc32, two outputs for each number', () => {
  // The reference implementation, with results truncated by hand.
  let [a, b, c, d] = [1n, 2n, 3n, 4n];
  const mask = 0xffff_ffffn;
  const sfc32 = () => {
    const result = (a + b + d) & mask;
    d = (d + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) & mask) | (c >> 11n)) + result) & mask;
    return result;
  };
  const expected = Array.from({ length: 1000 }, () => {
    const bits = ((sfc32() >> 5n) << 26n) | (sfc32() >> 6n);
    return Number(bits) / 2 ** 53;
  });

  replaceMathRandom().state.set([1, 2, 3, 4]);
  expect(take(1000)).toEqual(expected);
});

it('gives evenly distributed numbers from 0 to below 1, and uses all 53 bits', () => {
  // A fixed state, for the same numbers in each run.
  replaceMathRandom().state.set([1, 2, 3, 4]);
  const buckets = new Array(16).fill(0);
  const bits = new Array(53).fill(0);
  for (const number of take(32_000)) {
    buckets[Math.floor(number * 16)] += 1;
    const all = BigInt(number * 2 ** 53);
    for (let bit = 0; bit < 53; bit += 1) bits[bit] += Number((all >> BigInt(bit)) & 1n);
  }
  for (const bucket of buckets) expect(Math.abs(bucket - 2000)).toBeLessThan(200);
  for (const set of bits) expect(Math.abs(set - 16_000)).toBeLessThan(500);
});

it('calls a listener before each draw while there is one, and remains the same function', () => {
  const { listen } = replaceMathRandom();
  const { random } = Math;
  const callers: unknown[] = [];
  listen((by) => callers.push(by));
  take(2, random);
  listen(undefined);
  take(2);
  expect(callers).toEqual([random, random]);
  expect(Math.random).toBe(random);
});

it('looks like the original', () => {
  replaceMathRandom();
  expect(Math.random.name).toBe('random');
  expect(Math.random).toHaveLength(0);
  expect('prototype' in Math.random).toBe(false);
  expect(Object.getOwnPropertyDescriptor(Math, 'random')?.enumerable).toBe(false);
});
