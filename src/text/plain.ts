import { stripVTControlCharacters } from 'node:util';

/** White space, control characters, and those that change the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const NO_TEXT = /[\s\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** What others have said, as one line of mere text: without escape sequences, and with one space for other control characters. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(NO_TEXT, ' ').trim();
}

/** Text of at most so many UTF-16 units: where it is longer, the last of them is "…". No character is cut in two. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
