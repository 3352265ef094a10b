import { readFileSync } from 'node:fs';

/** A number that the machine gave, and where it was found, for people: a path, or words. */
export interface Reading {
  readonly value: number;
  readonly source: string;
}

/** The least of them; undefined if there is none. */
export function least(readings: readonly (Reading | undefined)[]): Reading | undefined {
  const found = readings.filter((reading) => reading !== undefined);
  return found.reduce<Reading | undefined>((a, b) => (a === undefined || b.value < a.value ? b : a), undefined);
}

/** Files of the machine, or of a directory that stands for its root. */
export class Files {
  readonly #root: string;

  constructor(root = '/') {
    this.#root = root.replace(/\/$/, '');
  }

  /** Empty where there is nothing to read: no such file, a directory, a loop of links, not ours to see. */
  text(path: string): string {
    try {
      return readFileSync(`${this.#root}${path}`, 'utf8').trim();
    } catch {
      return '';
    }
  }

  /**
   * The number that a file consists of, if it is from `min` to `max`. "max" and similar words mean that there is none.
   */
  number(path: string, min: number, max: number): Reading | undefined {
    const text = this.text(path);
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value, source: path } : undefined;
  }
}
