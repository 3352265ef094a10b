/**
 * What a worker tells its supervisor: one JSON object a line on the status channel.
 *
 * `workerId` is the serial number that the supervisor gave to this one process, not its slot: a message that a dead
 * worker left in the pipe must not be taken for its successor's.
 */
export type WorkerMessage =
  /** The signal handlers are installed. Until then a quiet signal would suspend the process. */
  | { type: 'online'; workerId: number }
  | { type: 'ready'; workerId: number }
  /** Whether a server of its listens on the shared PORT, whenever that has changed. */
  | { type: 'listening'; workerId: number; on: boolean }
  /**
   * Milliseconds. `delay`: the longest that its event loop was blocked since the last one. `active`: how long it has
   * run, rather than waited, since the worker was started.
   */
  | { type: 'heartbeat'; workerId: number; busy: string; delay: number; active: number }
  | { type: 'quiet'; workerId: number }
  /** The worker is on its way out. `limited`: it has a deadline (TERM), as opposed to all the time it needs (USR2). */
  | { type: 'stopping'; workerId: number; limited: boolean }
  | { type: 'failed'; workerId: number; failure: Failure }
  /** A module has a warm-up, and its mold has not loaded that module. */
  | { type: 'not-warmed'; workerId: number }
  /** V8 says that the heap has reached its limit: the process may be aborted any moment. */
  | { type: 'heap-limit'; workerId: number }
  /** The event loop has run empty: the process is about to exit by itself. */
  | { type: 'empty'; workerId: number }
  /** The answer to TTIN. `stack`: where JavaScript was, if any was running. */
  | { type: 'snapshot'; workerId: number; snapshot: string; stack: string }
  /** The same while the event loop does not turn: `state` is what can be said without it. */
  | { type: 'blocked'; workerId: number; state: string; stack: string };

/** What a mold tells its supervisor. */
export type MoldMessage =
  /** Everything is loaded and settled: it can be forked from now on. */
  | ({ type: 'preloaded' } & Preloaded)
  /** This comes next: the one to name if nothing more is heard. */
  | { type: 'preloading'; package: string }
  /** A package that each worker loads for itself, and why. */
  | { type: 'left-out'; package: string; reason: string }
  /** So many packages that each worker loads for itself, because of what comes before them: why, and what to do about it. */
  | { type: 'skipped'; packages: number; names: string; reason: string; remedy: string }
  /** Packages that are shared as they were named, although an agent comes too late for them: in sentences. */
  | { type: 'unseen'; text: string }
  /** A package, or a module, that is shared because it was named, and why it had better not be. */
  | { type: 'unsafe'; package: string; reason: string }
  /** It has loaded these packages, which workers must not share. It ends, and the next mold does without them. */
  | { type: 'spoiled'; packages: readonly string[] }
  /** Its warm-up failed, or left something behind that workers must not share: why. It ends: the next one does without. */
  | { type: 'cold'; reason: string; stack?: string | undefined }
  /** The application's own error: a package that was named, or a module. It ends. */
  | { type: 'preload-failed'; failure: Failure }
  /** This process cannot be copied: why, in half a sentence. It ends. */
  | { type: 'unfit'; reason: string }
  /** The mold says it, and the worker on its own channel: either may be gone before it has said so. */
  | { type: 'forked'; workerId: number; pid: number }
  | { type: 'fork-failed'; workerId: number; reason: string };

export type Message = WorkerMessage | MoldMessage;

/** What a mold has loaded. */
export interface Preloaded {
  packages: number;
  /** How long it took, without the warm-up. */
  milliseconds: number;
  /** How long the warm-up took, milliseconds; undefined if there was none. */
  warmUp?: number | undefined;
  /** What its workers share. */
  bytes: number;
  /** The size of the application where it is a bundle that is not shared, bytes. */
  bundle?: number | undefined;
}

/** What a mold says that it is loading while it warms up. No package can have this name. */
export const WARM_UP = 'the warm-up';

/** Why a worker could not start: the application's own error. */
export interface Failure {
  /** The `-r` module that was loaded, or whose default export was called. */
  module: string;
  /** What was being done, in words: for a sentence. */
  while: 'preloading' | 'loading' | 'calling the default export of' | 'running an onFork hook of';
  message: string;
  /** The stack as Node would have printed it. */
  stack: string;
}

/**
 * A line must be shorter than this, newline included, bytes: the kernel writes it whole or not at all, and the
 * supervisor keeps no more of a line without an end.
 */
export const MAX_LINE_BYTES = 4096;

/** One message as a line; the longest text in it is cut until the line fits. */
export function encodeMessage(message: Message): string {
  const line = `${JSON.stringify(message)}\n`;
  const excess = Buffer.byteLength(line) - MAX_LINE_BYTES;
  if (excess < 0) return line;
  return encodeMessage(shorten(message, excess));
}

function shorten(message: Message, excess: number): Message {
  // In proportion: a character takes one to six bytes, and not each the same.
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
      // Those that were not named show when the next mold is spoiled too.
      return { ...message, packages: message.packages.slice(0, -1) };
    default:
      throw new Error(`a message of type ${message.type} is too long: this is a bug in swarm`);
  }
}

/** The message in a line, or nothing where the line is not one. */
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
      // JSON knows numbers that JavaScript reads as infinite.
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
      // To the kernel, 0 and less mean many processes.
      return number('workerId') && number('pid') && Number(value['pid']) > 0;
    case 'fork-failed':
      return number('workerId') && text('reason');
    default:
      return false;
  }
}

/** A worker's word, as opposed to its mold's. */
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
