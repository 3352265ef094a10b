import { stripVTControlCharacters } from 'node:util';

/** White space, control characters, and characters that change the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const NO_TEXT = /[\s\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Text from an application as one line, without escape sequences. White space and control characters become single spaces. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(NO_TEXT, ' ').trim();
}

/** Cuts a text to `length` UTF-16 units. A text that was cut ends with "…"; no character is cut in two. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
