/**
 * Messages from a worker to its supervisor: one JSON object per line on the status channel.
 *
 * `workerId` is the serial number that the supervisor gave to this process, not its slot: a message that a dead worker
 * left in the pipe must not be mistaken for its successor's.
 */
export type WorkerMessage =
  /** The signal handlers are installed. Until then a quiet signal would suspend the process. */
  | { type: 'online'; workerId: number }
  | { type: 'ready'; workerId: number }
  /** Whether the worker listens on the shared PORT, sent whenever that changes. */
  | { type: 'listening'; workerId: number; on: boolean }
  /**
   * Milliseconds. `delay`: longest block of the event loop since the last heartbeat. `active`: event-loop busy time
   * since the worker was started.
   */
  | { type: 'heartbeat'; workerId: number; busy: string; delay: number; active: number }
  | { type: 'quiet'; workerId: number }
  /** The worker is stopping. `limited`: whether it has a deadline (TERM) or can take all the time it needs (USR2). */
  | { type: 'stopping'; workerId: number; limited: boolean }
  | { type: 'failed'; workerId: number; failure: Failure }
  /** A module has a warm-up, but the mold has not loaded that module. */
  | { type: 'not-warmed'; workerId: number }
  /** V8's heap has reached its limit. The process may abort at any moment. */
  | { type: 'heap-limit'; workerId: number }
  /** The event loop has run empty. The process is about to exit by itself. */
  | { type: 'empty'; workerId: number }
  /** The answer to TTIN. `stack`: the running JavaScript, if any. */
  | { type: 'snapshot'; workerId: number; snapshot: string; stack: string }
  /** The answer to TTIN while the event loop is blocked. `state`: what is known without it. */
  | { type: 'blocked'; workerId: number; state: string; stack: string };

/** Messages from a mold to its supervisor. */
export type MoldMessage =
  /** Everything is loaded and settled. From now on, the mold can fork workers. */
  | ({ type: 'preloaded' } & Preloaded)
  /** About to load this package. If no outcome follows, it is the one to name. */
  | { type: 'preloading'; package: string }
  /** A package that is not shared: each worker loads it. */
  | { type: 'left-out'; package: string; reason: string }
  /** Packages that are not shared because an agent or preload comes before them, and what to do about it. */
  | { type: 'skipped'; packages: number; names: string; reason: string; remedy: string }
  /** Packages that are shared because SWARM_PRELOAD names them, but that an agent starts too late to instrument. */
  | { type: 'unseen'; text: string }
  /** A package or module that is shared because the user asked for it, and why it should not be. */
  | { type: 'unsafe'; package: string; reason: string }
  /** The mold has loaded packages that workers must not share. It exits, and the next mold leaves them out. */
  | { type: 'spoiled'; packages: readonly string[] }
  /** The warm-up failed or left something behind that workers must not share. The mold exits; the next one skips it. */
  | { type: 'cold'; reason: string; stack?: string | undefined }
  /** The application's own error, in a package that SWARM_PRELOAD names or in a module. The mold exits. */
  | { type: 'preload-failed'; failure: Failure }
  /** This process cannot be copied. `reason` is a clause. The mold exits. */
  | { type: 'unfit'; reason: string }
  /** Sent by the mold, and by the worker on its own channel: either can be killed before it has sent this. */
  | { type: 'forked'; workerId: number; pid: number }
  | { type: 'fork-failed'; workerId: number; reason: string };

export type Message = WorkerMessage | MoldMessage;

/** What a mold has loaded. */
export interface Preloaded {
  packages: number;
  /** Duration without the warm-up. */
  milliseconds: number;
  /** Duration of the warm-up, milliseconds; undefined if there was none. */
  warmUp?: number | undefined;
  /** Memory that its workers share. */
  bytes: number;
  /** Size of the application, bytes, if it is a bundle that is not shared. */
  bundle?: number | undefined;
}

/** The name in `preloading` during the warm-up. No package can have this name. */
export const WARM_UP = 'the warm-up';

/** Why a worker could not start: the application's own error. */
export interface Failure {
  /** The `-r` module that was loaded, or whose default export was called. */
  module: string;
  /** What the worker or mold was doing, in words. */
  while: 'preloading' | 'loading' | 'calling the default export of' | 'running an onFork hook of';
  message: string;
  /** The stack as Node would have printed it. */
  stack: string;
}

/**
 * A line must be shorter than this, including the newline. Bytes. The kernel then writes it whole or not at all, and
 * the supervisor keeps no more than this of an unfinished line.
 */
export const MAX_LINE_BYTES = 4096;

/** Encodes a message as a line. The longest text in it is shortened until the line fits. */
export function encodeMessage(message: Message): string {
  const line = `${JSON.stringify(message)}\n`;
  const excess = Buffer.byteLength(line) - MAX_LINE_BYTES;
  if (excess < 0) return line;
  return encodeMessage(shorten(message, excess));
}

function shorten(message: Message, excess: number): Message {
  // In proportion, because characters differ in size: each takes one to six bytes.
  const cut = (text: string): string => {
    const bytes = Buffer.byteLength(JSON.stringify(text));
    return `${text.slice(0, Math.floor(text.length * Math.max(0, 1 - (excess + 8) / bytes)))}…`;
  };
  switch (message.type) {
    case 'failed':
    case 'preload-failed': {
      const { failure } = message;
      const texts = ['stack', 'message', 'module'] as const;
      const longest = texts.reduce((a, b) => (failure[b].length > failure[a].length ? b : a));
      return { ...message, failure: { ...failure, [longest]: cut(failure[longest]) } };
    }
    case 'snapshot': {
      const { snapshot, stack } = message;
      return snapshot.length > stack.length
        ? { ...message, snapshot: cut(snapshot) }
        : { ...message, stack: cut(stack) };
    }
    case 'blocked': {
      const { state, stack } = message;
      return state.length > stack.length ? { ...message, state: cut(state) } : { ...message, stack: cut(stack) };
    }
    case 'cold': {
      const { reason, stack = '' } = message;
      return reason.length > stack.length ? { ...message, reason: cut(reason) } : { ...message, stack: cut(stack) };
    }
    case 'heartbeat':
      return { ...message, busy: cut(message.busy) };
    case 'unseen':
      return { ...message, text: cut(message.text) };
    case 'left-out':
    case 'unsafe':
    case 'skipped':
    case 'unfit':
    case 'fork-failed':
      return { ...message, reason: cut(message.reason) };
    case 'spoiled':
      // A package that is dropped here spoils the next mold, and is named then.
      return { ...message, packages: message.packages.slice(0, -1) };
    default:
      throw new Error(`a message of type ${message.type} is too long: this is a bug in swarm`);
  }
}

/** Returns the message in a line, or undefined if there is none. */
export function decodeMessage(line: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isMessage(value) ? value : undefined;
}

function isDuration(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) >= 0;
}

type Fields = Record<string, unknown>;

function isMessage(value: unknown): value is Message {
  if (!isFields(value)) return false;
  const number = (name: string) => Number.isSafeInteger(value[name]);
  const text = (name: string) => typeof value[name] === 'string';
  switch (value['type']) {
    case 'online':
    case 'ready':
    case 'quiet':
    case 'not-warmed':
    case 'heap-limit':
    case 'empty':
      return number('workerId');
    case 'heartbeat':
      // JSON can contain numbers that JavaScript parses as Infinity.
      return number('workerId') && text('busy') && Number.isFinite(value['delay']) && isDuration(value['active']);
    case 'listening':
      return number('workerId') && typeof value['on'] === 'boolean';
    case 'stopping':
      return number('workerId') && typeof value['limited'] === 'boolean';
    case 'snapshot':
      return number('workerId') && text('snapshot') && text('stack');
    case 'blocked':
      return number('workerId') && text('state') && text('stack');
    case 'failed':
      return number('workerId') && isFailure(value['failure']);
    case 'preloaded':
      return (
        number('packages') &&
        number('milliseconds') &&
        number('bytes') &&
        ['warmUp', 'bundle'].every((name) => value[name] === undefined || number(name))
      );
    case 'preloading':
      return text('package');
    case 'left-out':
    case 'unsafe':
      return text('package') && text('reason');
    case 'skipped':
      return number('packages') && text('names') && text('reason') && text('remedy');
    case 'unseen':
      return text('text');
    case 'spoiled':
      return Array.isArray(value['packages']) && value['packages'].every((name) => typeof name === 'string');
    case 'preload-failed':
      return isFailure(value['failure']);
    case 'unfit':
      return text('reason');
    case 'cold':
      return text('reason') && (value['stack'] === undefined || text('stack'));
    case 'forked':
      // For kill(2), 0 and negative numbers mean several processes.
      return number('workerId') && number('pid') && Number(value['pid']) > 0;
    case 'fork-failed':
      return number('workerId') && text('reason');
    default:
      return false;
  }
}

/** Whether this is a message of a worker rather than of a mold. */
export function isWorkerMessage(message: Message): message is WorkerMessage {
  switch (message.type) {
    case 'online':
    case 'ready':
    case 'listening':
    case 'heartbeat':
    case 'quiet':
    case 'stopping':
    case 'snapshot':
    case 'blocked':
    case 'failed':
    case 'not-warmed':
    case 'heap-limit':
    case 'empty':
      return true;
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
