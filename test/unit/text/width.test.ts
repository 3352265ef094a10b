import { expect, it } from 'vitest';
import { cutToWidth, widthOf } from '../../../src/text/width.ts';

it.each([
  ['', 0],
  ['plain é … ↑', 11],
  ['日本', 4],
  ['ｆｕｌｌ', 8],
  ['한국', 4],
  ['👍 ✅', 5],
])('%s takes at most %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

it.each([
  ['a line', 6, 'a line'],
  ['a line', 5, 'a li…'],
  ['日本日本', 8, '日本日本'],
  ['日本日本', 7, '日本日…'],
  ['日本日本', 6, '日本…'],
  ['👍👍', 3, '👍…'],
  ['a line', 1, '…'],
  ['a line', 0, ''],
])('%s in %i columns is %j', (text, columns, expected) => {
  expect(cutToWidth(text, columns)).toBe(expected);
});
