import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './temporary.ts';

/** A pipe with a slow reader: a megabyte takes three seconds. */
export class SlowReader {
  /** The descriptor for the writer. Close it once that process has inherited it. */
  readonly writer: number;
  readonly #reader: number;

  private constructor(path: string) {
    this.#reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, constants.O_WRONLY);
    onTestFinished(() => closeSync(this.#reader));
  }

  static async open(): Promise<SlowReader> {
    const path = join(await temporaryDirectory(), 'pipe');
    await execa('mkfifo', [path]);
    return new SlowReader(path);
  }

  /** Reads until the other end is closed. */
  async text(): Promise<string> {
    const piece = Buffer.alloc(32 * 1024);
    for (let text = ''; ; await sleep(100)) {
      try {
        const length = readSync(this.#reader, piece);
        if (length === 0) return text;
        text += piece.toString('utf8', 0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }
  }
}
