/**
 * Something that is drained, recognised by its shape: swarm depends on no queue library. How each of them really stops
 * was read in its source, and is tested with it in test/queues.
 */
export interface Service {
  /** For the log: the class, and the queue where it has a name. */
  readonly name: string;
  /** It takes work, as opposed to what those use that do, and what is closed after them. It may begin to later. */
  readonly takesWork: boolean;
  /** Takes no new work from now on; does not wait for what is in hand. Without it there is nothing to pause. */
  quiet?(): unknown;
  /** Finishes what is in hand, then lets go of everything. Also after quiet(). */
  stop(): unknown;
  /** What is in hand: `job 42 "welcome"`. */
  running?(): string[];
  /** A signal handler that does nothing but what stop() does. */
  ownsListener?(listener: unknown): boolean;
}

/** Makes a service of a value that has a certain shape. */
export type Shape = (value: object) => Service | undefined;

/**
 * swarm keeps the deadline of a stop itself, by KILL, so that a library's own must not come first. Milliseconds: the
 * longest that a timer can run, 24 days.
 */
export const NO_TIMEOUT = 2 ** 31 - 1;

/** Whether a value has these methods. Then it is taken for what has them. */
export function hasMethods<Known extends object>(value: object, ...names: (keyof Known)[]): value is Known {
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

/** "Worker mail": the class, and the queue. */
export function serviceName(value: object): string {
  const kind = value.constructor?.name ?? 'object';
  const name: unknown = Reflect.get(value, 'name');
  return typeof name === 'string' && name !== '' ? `${kind} ${name}` : kind;
}
