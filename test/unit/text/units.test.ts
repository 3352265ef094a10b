import { expect, it } from 'vitest';
import { inMB, MB, plural, seconds, tenthsOfMB } from '../../../src/text/units.ts';

it.each([
  [0, '0 ms'],
  [99.4, '99 ms'],
  [100, '0.1 s'],
  [1000, '1 s'],
  [2460, '2.5 s'],
  [12_400, '12 s'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(seconds(milliseconds)).toBe(text);
});

it.each([
  [0, '0 MB', '0.0'],
  [1.26 * MB, '1 MB', '1.3'],
  [512 * MB, '512 MB', '512.0'],
])('%d bytes are %s, or %s in tenths', (bytes, whole, tenths) => {
  expect([inMB(bytes), tenthsOfMB(bytes)]).toEqual([whole, tenths]);
});

it.each([
  [0, '0 workers'],
  [1, '1 worker'],
  [2, '2 workers'],
])('%d is %s', (count, text) => {
  expect(plural(count, 'worker')).toBe(text);
});
