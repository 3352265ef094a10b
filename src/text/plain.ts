import { stripVTControlCharacters } from 'node:util';

/** White space, control characters, and characters that change the writing direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const NO_TEXT = /[\s\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Turns text from an application into one line without escape sequences or control characters. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(NO_TEXT, ' ').trim();
}

/** Cuts a text to `length` UTF-16 units. A shortened text ends with "…". Surrogate pairs stay whole. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
