import { readFileSync } from 'node:fs';

/** A number read from the machine, and its source for people: a path, or words. */
export interface Reading {
  readonly value: number;
  readonly source: string;
}

/** The lowest reading; undefined if there is none. */
export function least(readings: readonly (Reading | undefined)[]): Reading | undefined {
  const found = readings.filter((reading) => reading !== undefined);
  return found.reduce<Reading | undefined>((a, b) => (a === undefined || b.value < a.value ? b : a), undefined);
}

/** Files of the machine, or of a directory used as its root. */
export class Files {
  readonly #root: string;

  constructor(root = '/') {
    this.#root = root.replace(/\/$/, '');
  }

  /** Returns an empty string if the file cannot be read. */
  text(path: string): string {
    try {
      return readFileSync(`${this.#root}${path}`, 'utf8').trim();
    } catch {
      return '';
    }
  }

  /**
   * Returns the number that a file consists of, if it is from `min` to `max`; undefined for words such as "max".
   */
  number(path: string, min: number, max: number): Reading | undefined {
    const text = this.text(path);
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value, source: path } : undefined;
  }
}
