import { type DestinationStream, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import { toLogfmt } from './logfmt.ts';
import type { LogOptions } from './options.ts';
import type { Output } from './output.ts';

export type Fields = Record<string, string | number | boolean | undefined>;

/** One event, logged as one line: fields before prose. */
export interface Entry {
  level: 'debug' | 'info' | 'warn' | 'error';
  event: string;
  fields: Fields;
  message: string;
}

export interface Logger {
  write(entry: Entry): void;
}

/** Opens a logger that never blocks its caller: see Output. */
export async function openLogger(options: LogOptions, stdout: Output): Promise<Logger> {
  const logger = pino(pinoOptions(options), await formatter(options, stdout));
  return {
    write({ level, event, fields, message }) {
      logger[level]({ event, ...fields }, message);
    },
  };
}

function pinoOptions({ level, timeless }: LogOptions): LoggerOptions {
  return {
    level,
    // No host name and no pid: in swarm's lines, `pid` is the worker's.
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
      return { write: (line) => stdout.write(`${toLogfmt(JSON.parse(line))}\n`) };
    case 'pretty': {
      const { prettyFactory } = await import('pino-pretty');
      const pretty = prettyFactory({
        colorize: process.stdout.isTTY && !process.env['NO_COLOR'],
        translateTime: 'SYS:HH:MM:ss',
        // The sentence repeats the fields, except for a stack.
        hideObject: true,
        messageFormat: (fields, messageKey) => `${fields[messageKey]}${asLines(fields['stack'])}`,
        ignore: 'pid',
      });
      return { write: (line) => stdout.write(pretty(JSON.parse(line))) };
    }
  }
}

/** Puts each frame of "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)" on a line of its own. */
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
