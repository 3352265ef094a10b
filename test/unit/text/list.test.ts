import { expect, it } from 'vitest';
import { list } from '../../../src/text/list.ts';

it.each<[items: string[], text: string]>([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('%j reads "%s"', (items, text) => {
  expect(list(items)).toBe(text);
  expect(list(items, 'or')).toBe(text.replace(' and ', ' or '));
});
