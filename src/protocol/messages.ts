/**
 * What a worker tells its supervisor: one JSON object a line on the status channel.
 *
 * `worker` is the serial number that the supervisor gave to this one process, not its slot: a message that a dead
 * worker left in the pipe must not be taken for its successor's.
 */
export type WorkerMessage =
  /** The signal handlers are installed. Until then a quiet signal would suspend the process. */
  | { type: 'online'; worker: number }
  | { type: 'ready'; worker: number }
  | { type: 'heartbeat'; worker: number; busy: string }
  | { type: 'quiet'; worker: number }
  /** The worker is on its way out. `limited`: it has a deadline (TERM), as opposed to all the time it needs (USR2). */
  | { type: 'stopping'; worker: number; limited: boolean }
  | { type: 'failed'; worker: number; failure: Failure }
  /** The answer to TTIN. */
  | { type: 'snapshot'; worker: number; snapshot: string };

/** Why a worker could not start: the application's own error. */
export interface Failure {
  /** The `-r` module that was loaded, or whose default export was called. */
  module: string;
  /** What was being done, in words: for a sentence. */
  while: 'loading' | 'calling the default export of' | 'running an onFork hook of';
  message: string;
  /** The stack as Node would have printed it. */
  stack: string;
}

/**
 * A line must be shorter than this, newline included, so that the kernel writes it whole although many processes write
 * to one pipe (PIPE_BUF on Linux, bytes).
 */
export const MAX_LINE_BYTES = 4096;

/** One message as a line; the longest text in it is cut until the line fits. */
export function encodeMessage(message: WorkerMessage): string {
  const line = `${JSON.stringify(message)}\n`;
  const excess = Buffer.byteLength(line) - MAX_LINE_BYTES;
  if (excess < 0) return line;
  return encodeMessage(shorten(message, excess));
}

function shorten(message: WorkerMessage, excess: number): WorkerMessage {
  // In proportion: a character takes one to six bytes, and not each the same.
  const cut = (text: string): string => {
    const bytes = Buffer.byteLength(JSON.stringify(text));
    return `${text.slice(0, Math.floor(text.length * Math.max(0, 1 - (excess + 8) / bytes)))}…`;
  };
  switch (message.type) {
    case 'failed': {
      const { failure } = message;
      const texts = ['stack', 'message', 'module'] as const;
      const longest = texts.reduce((a, b) => (failure[b].length > failure[a].length ? b : a));
      return { ...message, failure: { ...failure, [longest]: cut(failure[longest]) } };
    }
    case 'snapshot':
      return { ...message, snapshot: cut(message.snapshot) };
    case 'heartbeat':
      return { ...message, busy: cut(message.busy) };
    default:
      throw new Error(`a message of type ${message.type} is too long: this is a bug in swarm`);
  }
}

/** The message in a line, or nothing where the line is not one. */
export function decodeMessage(line: string): WorkerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isMessage(value) ? value : undefined;
}

type Fields = Record<string, unknown>;

function isMessage(value: unknown): value is WorkerMessage {
  if (!isFields(value) || !Number.isSafeInteger(value['worker'])) return false;
  switch (value['type']) {
    case 'online':
    case 'ready':
    case 'quiet':
      return true;
    case 'heartbeat':
      return typeof value['busy'] === 'string';
    case 'stopping':
      return typeof value['limited'] === 'boolean';
    case 'snapshot':
      return typeof value['snapshot'] === 'string';
    case 'failed':
      return isFailure(value['failure']);
    default:
      return false;
  }
}

function isFailure(value: unknown): value is Failure {
  return isFields(value) && ['module', 'while', 'message', 'stack'].every((name) => typeof value[name] === 'string');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
