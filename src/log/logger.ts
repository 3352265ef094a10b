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
   * Waits until the lines are out. Where somebody has to read them, no longer than a second: perhaps nobody does.
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
  // A reader that has gone, or a disk that is full: for good, or until the next line gets through.
  let broken = false;
  stdout.on('error', () => {
    broken = true;
  });
  stdout.on('write', () => {
    broken = false;
  });

  const logger = pino(pinoOptions(options), await formatter(options, stdout));
  return {
    write({ level, event, fields, message }) {
      logger[level]({ event, ...fields }, message);
    },
    async close() {
      const closed = broken || (await closes(stdout, kind === 'file' ? undefined : CLOSE_TIMEOUT));
      // Or else it would try again, for ever, when the process exits.
      stdout.destroy();
      return closed || pipe !== undefined;
    },
  };
}

/**
 * Waits until everything is written, or cannot be.
 *
 * @param timeout milliseconds; none for a file, which takes what it is given sooner or later
 */
async function closes(stdout: ReturnType<typeof destination>, timeout: number | undefined): Promise<boolean> {
  const closed = new Promise<boolean>((resolve) => {
    stdout.once('close', () => resolve(true)).once('error', () => resolve(true));
  });
  stdout.end();
  return timeout === undefined ? closed : Promise.race([closed, sleep(timeout, false)]);
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
        // The sentence says what the fields say, except for a stack.
        hideObject: true,
        messageFormat: (fields, messageKey) => `${fields[messageKey]}${asLines(fields['stack'])}`,
        ignore: 'pid',
      });
      return { write: (line) => stdout.write(pretty(JSON.parse(line))) };
    }
  }
}

/** "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)", one below the other. */
function asLines(stack: unknown): string {
  if (typeof stack !== 'string') return '';
  return stack
    .split(' < ')
    .map((frame) => `\n    at ${frame}`)
    .join('');
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
