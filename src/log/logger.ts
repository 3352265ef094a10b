import { constants, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
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
  /**
   * Waits until the lines are out, but no longer than a second: perhaps nobody reads them.
   *
   * @returns whether the process can exit. Node waits at its exit for a write that has begun
   */
  close(): Promise<boolean>;
}

const STDOUT = 1;
/** So much is written whole to a pipe that the workers write to as well (Linux, bytes). */
const PIPE_BUF = 4096;
const CLOSE_TIMEOUT = 1000;

/** A logger on stdout that never blocks its caller, however slowly stdout is read, and survives its end (`| head`). */
export async function openLogger(options: LogOptions): Promise<Logger> {
  const kind = stdoutKind();
  const pipe = kind === 'pipe' ? openPipeAgain() : undefined;
  // Asynchronous, on a thread: waiting for a slow reader in write(2), a supervisor would not hear SIGTERM. Not Node's
  // process.stdout: its non-blocking mode is that of the descriptor, and each start of a worker turns it off again.
  const stdout = destination({ dest: pipe ?? STDOUT, sync: false, maxWrite: PIPE_BUF });
  let broken = false;
  stdout.on('error', () => {
    broken = true;
    // A disk that is full, a terminal that is gone: else it would try again for ever, also when the process exits.
    stdout.destroy();
  });
  const print = (text: string): void => {
    if (!broken) stdout.write(text);
  };

  const logger = pino(pinoOptions(options), await formatter(options, print));
  return {
    write({ level, event, fields, message }) {
      logger[level]({ event, ...fields }, message);
    },
    async close() {
      if (broken) return true;
      const closed = new Promise<boolean>((resolve) => {
        stdout.once('close', () => resolve(true)).once('error', () => resolve(true));
      });
      stdout.end();
      // A file takes what it is given, sooner or later.
      if (kind === 'file') return closed;
      if (await Promise.race([closed, sleep(CLOSE_TIMEOUT, false)])) return true;
      stdout.destroy();
      return pipe !== undefined;
    },
  };
}

function stdoutKind(): 'pipe' | 'file' | 'other' {
  // As bigint, for the sake of Node 20 and 22: their realpathSync goes by the last answer of a plain stat, whoever asked
  // for it. If that was a pipe, modules imported from now on are not found through symlinks (pnpm's, for example).
  const stat = fstatSync(STDOUT, { bigint: true });
  if (stat.isFIFO()) return 'pipe';
  return stat.isFile() ? 'file' : 'other';
}

/**
 * Stdout opened once more without blocking, where it is a pipe: a write to it never holds a thread. The flag must not be
 * set on the descriptor that the workers share.
 */
function openPipeAgain(): number | undefined {
  try {
    return openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK);
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const CONTROLS = /[\u0000-\u001f]/g;

function toLogfmt(line: string): string {
  const fields: Record<string, unknown> = JSON.parse(line);
  for (const [name, value] of Object.entries(fields)) {
    // The serialiser leaves line breaks as they are, but one event must stay one line; and other controls end a value.
    if (typeof value === 'string') {
      fields[name] = value.replace(CONTROLS, (character) => JSON.stringify(character).slice(1, -1));
    }
  }
  return stringify(fields);
}
