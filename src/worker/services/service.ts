/**
 * A value to drain, recognized by its shape, because swarm depends on no queue library. Each adapter follows the source
 * of its library, and test/queues tests it with the real library.
 */
export interface Service {
  /** Name for the log: the class, and the name of the queue if it has one. */
  readonly name: string;
  /** Whether it takes work, now or later. Services that take none are used by the others, and close after them. */
  readonly takesWork: boolean;
  /** Stops taking new work, without waiting for current work. Undefined if there is nothing to pause. */
  quiet?(): unknown;
  /** Finishes the current work, then releases all resources. Can follow quiet(). */
  stop(): unknown;
  /** Lists the current work: `job 42 "welcome"`. */
  running?(): string[];
  /** Whether this signal handler does only what stop() does. */
  ownsListener?(listener: unknown): boolean;
}

/** Returns a service for a value of a certain shape. */
export type Shape = (value: object) => Service | undefined;

/**
 * Timeout that effectively disables a library's own time limit: swarm enforces the deadline of a stop itself, with
 * KILL. In milliseconds; the longest that a timer can wait, 24 days.
 */
export const NO_TIMEOUT = 2 ** 31 - 1;

/** Whether a value has all of these methods, and so counts as the type that has them. */
export function hasMethods<Known extends object>(value: object, ...names: (keyof Known)[]): value is Known {
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

/** Returns the class, and the name of the queue if any: "Worker mail". */
export function serviceName(value: object): string {
  const kind = value.constructor?.name ?? 'object';
  const name: unknown = Reflect.get(value, 'name');
  return typeof name === 'string' && name !== '' ? `${kind} ${name}` : kind;
}
