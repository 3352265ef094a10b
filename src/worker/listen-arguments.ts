import type { ListenOptions } from 'node:net';

/** What net.Server.prototype.listen() was asked for, where that is a TCP port: its forms are reduced to one. */
export interface Wanted {
  readonly port: number;
  readonly options: ListenOptions;
  /** 0: Node's own. */
  readonly backlog: number;
  readonly callback: (() => void) | undefined;
}

/**
 * (port[, host][, backlog][, callback]) or (options[, callback]).
 *
 * @returns undefined for a path, a handle, a descriptor, no port, and what Node refuses
 */
export function wantedPort(args: readonly unknown[]): Wanted | undefined {
  const [first, second, third] = args;
  const options = isObject(first) ? { ...first } : { port: first, ...(typeof second === 'string' && { host: second }) };
  const { port, fd, backlog } = options as ListenOptions & { fd?: unknown };
  const isHandle = typeof fd === 'number' || 'handle' in options || '_handle' in options;
  if (isHandle || !isPort(port)) return undefined;
  const last = args.at(-1);
  return {
    port: Number(port),
    options: options as ListenOptions,
    backlog: Number(backlog) || asNumber(second) || asNumber(third),
    callback: typeof last === 'function' ? (last as () => void) : undefined,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** As a number, or as text: from the environment. */
function isPort(value: unknown): value is number | string {
  const isText = typeof value === 'string' && value.trim() !== '';
  return (isText || typeof value === 'number') && Number.isInteger(Number(value));
}

function asNumber(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) || 0 : 0;
}
