/**
 * Something to drain, recognised by its shape, because swarm depends on no queue library. How each library really stops
 * was read in its source, and test/queues tests it with the library.
 */
export interface Service {
  /** For the log: the class, and the name of the queue if it has one. */
  readonly name: string;
  /**
   * Whether it takes work, now or perhaps later. What does not take work is used by others, and is closed after them.
   */
  readonly takesWork: boolean;
  /** Takes no new work from now on, and does not wait for current work. Without it there is nothing to pause. */
  quiet?(): unknown;
  /** Finishes the current work, then lets go of everything. It may follow quiet(). */
  stop(): unknown;
  /** The current work: `job 42 "welcome"`. */
  running?(): string[];
  /** Whether this signal handler does nothing but what stop() does. */
  ownsListener?(listener: unknown): boolean;
}

/** Makes a service of a value that has a certain shape. */
export type Shape = (value: object) => Service | undefined;

/**
 * A time limit that a library must not have: swarm keeps the deadline of a stop itself, by KILL. Milliseconds, the most
 * that a timer can wait: 24 days.
 */
export const NO_TIMEOUT = 2 ** 31 - 1;

/** Whether a value has these methods. If so, it is taken for what has them. */
export function hasMethods<Known extends object>(value: object, ...names: (keyof Known)[]): value is Known {
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

/** "Worker mail": the class, and the name of the queue. */
export function serviceName(value: object): string {
  const kind = value.constructor?.name ?? 'object';
  const name: unknown = Reflect.get(value, 'name');
  return typeof name === 'string' && name !== '' ? `${kind} ${name}` : kind;
}
