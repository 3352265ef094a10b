import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'logfmt/lib/stringify.js';
import { type DestinationStream, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
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

/** A logger on stdout that never blocks its caller, however slowly stdout is read, and survives its end (`| head`). */
export async function openLogger(options: LogOptions): Promise<Logger> {
  const stdout = ownPipe() ?? process.stdout;
  stdout.on('error', () => {});

  const logger = pino(pinoOptions(options), await formatter(options, (text) => stdout.write(text)));
  return {
    write({ level, event, fields, message }) {
      logger[level]({ event, ...fields }, message);
    },
    async close() {
      const flushed = new Promise<void>((resolve) => {
        stdout.write('', () => resolve());
      });
      await Promise.race([flushed, sleep(CLOSE_TIMEOUT)]);
    },
  };
}

/**
 * Stdout opened once more, where it is a pipe. A stream of Node's makes its descriptor non-blocking, which is right for
 * the supervisor: waiting for a slow reader in write(2), it would not hear SIGTERM. But the workers share the original,
 * and what they write must not fail because a pipe is full.
 */
function ownPipe(): Socket | undefined {
  try {
    if (!fstatSync(STDOUT).isFIFO()) return undefined;
    const fd = openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK);
    return new Socket({ fd, readable: false, writable: true });
  } catch {
    // There is no /proc, or it is not ours to open.
    return undefined;
  }
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

async function formatter(options: LogOptions, print: (text: string) => void): Promise<DestinationStream> {
  switch (chooseFormat(options)) {
    case 'json':
      return { write: print };
    case 'logfmt':
      return { write: (line) => print(`${toLogfmt(line)}\n`) };
    case 'pretty': {
      const { prettyFactory } = await import('pino-pretty');
      const pretty = prettyFactory({
        colorize: process.stdout.isTTY && !process.env['NO_COLOR'],
        translateTime: 'SYS:HH:MM:ss',
        // The sentence says what the fields say.
        hideObject: true,
        ignore: 'pid',
      });
      return { write: (line) => print(pretty(JSON.parse(line))) };
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
