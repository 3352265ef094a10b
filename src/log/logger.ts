import { once } from 'node:events';
import { stringify } from 'logfmt/lib/stringify.js';
import { type DestinationStream, destination, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import type { LogOptions } from './options.ts';

export type Fields = Record<string, string | number | boolean | undefined>;

/** One event, one line: fields before prose. */
export interface Entry {
  level: 'debug' | 'info' | 'warn' | 'error';
  event: string;
  fields: Fields;
  message: string;
}

export interface Logger {
  write(entry: Entry): void;
  /** Waits until the lines are out, but no longer than a second: nobody may be reading. */
  close(): Promise<void>;
}

const STDOUT = 1;
const CLOSE_TIMEOUT = 1000;

/** A logger on stdout that never blocks the caller, however slowly stdout is read, and survives its end (`| head`). */
export async function openLogger(options: LogOptions): Promise<Logger> {
  // Asynchronous: a supervisor that waits in write(2) for a slow log reader would not hear SIGTERM.
  const stdout = destination({ dest: STDOUT, sync: false });
  stdout.on('error', () => {});

  const logger = pino(pinoOptions(options), await formatter(options, stdout));
  return {
    write({ level, event, fields, message }) {
      logger[level]({ event, ...fields }, message);
    },
    async close() {
      const finished = Promise.race([once(stdout, 'finish'), once(stdout, 'close'), once(stdout, 'error')]);
      stdout.end();
      await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT).unref())]);
    },
  };
}

function pinoOptions({ level, timeless }: LogOptions): LoggerOptions {
  return {
    level,
    // No host name, and `pid` means the worker's.
    base: null,
    timestamp: timeless ? false : stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
}

async function formatter(options: LogOptions, stdout: DestinationStream): Promise<DestinationStream> {
  switch (chooseFormat(options)) {
    case 'json':
      return stdout;
    case 'logfmt':
      return { write: (line) => stdout.write(`${toLogfmt(line)}\n`) };
    case 'pretty': {
      const { prettyFactory } = await import('pino-pretty');
      const pretty = prettyFactory({
        colorize: process.stdout.isTTY && !process.env['NO_COLOR'],
        translateTime: 'SYS:HH:MM:ss',
        // The sentence says what the fields say.
        hideObject: true,
      });
      return { write: (line) => stdout.write(pretty(JSON.parse(line))) };
    }
  }
}

function chooseFormat({ format, timeless }: LogOptions): 'json' | 'logfmt' | 'pretty' {
  if (format !== 'auto') return format;
  if (timeless) return 'logfmt';
  return process.stdout.isTTY ? 'pretty' : 'json';
}

function toLogfmt(line: string): string {
  const fields: Record<string, unknown> = JSON.parse(line);
  for (const [name, value] of Object.entries(fields)) {
    // The serialiser leaves line breaks as they are; one event must stay one line.
    if (typeof value === 'string') fields[name] = value.replace(/\r?\n/g, '\\n');
  }
  return stringify(fields);
}
