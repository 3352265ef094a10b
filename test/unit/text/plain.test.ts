import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plain, shorten } from '../../../src/text/plain.ts';

it.each([
  ['nothing to do: é 日本 👍', 'nothing to do: é 日本 👍'],
  ['\u001b[31mred\u001b[0m, and \u001b]8;;http://a\u0007a link\u001b]8;;\u0007', 'red, and a link'],
  ['\u001b[2J\u001b[H\u001b[?1049l', ''],
  ['two\r\nlines\n', 'two lines'],
  ['a\u0007b\u0000c\u007fd\u009be', 'a b c d e'],
  ['turned \u202eround', 'turned round'],
  ['cut off \u001b', 'cut off'],
])('%j becomes %j', (text, expected) => {
  expect(plain(text)).toBe(expected);
});

it('leaves no control characters in a text', () => {
  const unit = fc.constantFrom('\u001b', '[', ']', ';', '\u009b', '\u0007', '\\', 'm', 'J', '3', '\r', '\n', 'é');
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
      expect(plain(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

it.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['abc👍', 5, 'abc👍'],
  ['abc👍d', 5, 'abc…'],
])('%s is at most %i characters long: %s', (text, length, expected) => {
  expect(shorten(text, length)).toBe(expected);
});
