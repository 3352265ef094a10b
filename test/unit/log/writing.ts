import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Entry } from '../../../src/log/logger.ts';
import type { LogOptions } from '../../../src/log/options.ts';

const WRITE_ENTRIES = fileURLToPath(new URL('write-entries.js', import.meta.url));

export interface Job extends Partial<LogOptions> {
  entries?: Entry[];
  /** How many times each entry is written. */
  times?: number;
  /** Whether to treat stdout as a terminal. */
  tty?: boolean;
}

export function entry(fields: Entry['fields'] = {}, message = 'worker 1 is ready'): Entry {
  return { level: 'info', event: 'worker.ready', fields, message };
}

/** Node's arguments for a process that opens a logger on stdout and writes entries. */
export function writing(job: Job): string[] {
  const defaults = { level: 'info', format: 'auto', timeless: false, entries: [entry()], times: 1, tty: false };
  return [WRITE_ENTRIES, JSON.stringify({ ...defaults, ...job })];
}

/** The lines of the entries. */
export async function linesOf(job: Job): Promise<string[]> {
  const { stdout } = await execa(process.execPath, writing(job), { input: '', env: { NO_COLOR: '1' } });
  return stdout === '' ? [] : stdout.split('\n');
}
