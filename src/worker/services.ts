import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Things that take work until they are told to stop, recognised by their shape: swarm depends on no queue library.
 * Quiet means: take no new work, and do not wait. Stop means: finish what is in hand, then let go of everything.
 */
export interface Service {
  /** For the log: the class, or the kind of thing. */
  readonly name: string;
  quiet(): unknown;
  stop(): unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: it is somebody else's method
type Method = (...args: any[]) => unknown;
type Methods = Record<PropertyKey, unknown>;

/** The service in a value, or nothing where it has none of the shapes. */
export function asService(value: unknown): Service | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const name = value.constructor?.name ?? 'object';
  if (value instanceof Promise) return { name: 'a promise', quiet: nothing, stop: () => value };
  for (const shape of SHAPES) {
    const service = shape(value as Methods);
    if (service) return { name, ...service };
  }
  return undefined;
}

type Shape = (value: Methods) => Omit<Service, 'name'> | undefined;

/** The most telling shape first. */
const SHAPES: Shape[] = [
  // http.Server, https.Server.
  (value) => {
    const close = method(value, 'close');
    const closeIdle = method(value, 'closeIdleConnections');
    if (!close || !closeIdle) return undefined;
    const endSilent = watchSilent(value);
    const endIdle = (): void => {
      closeIdle();
      endSilent();
    };
    return { quiet: nothing, stop: () => closeServer(value, close, endIdle) };
  },
  // BullMQ's Worker. Its Queue has a pause() too, which would stop the queue for every worker everywhere, but no run().
  (value) => {
    const close = method(value, 'close');
    const pause = method(value, 'pause');
    if (!close || !pause || !method(value, 'run') || !method(value, 'isRunning')) return undefined;
    const doNotWaitForJobs = true;
    return { quiet: () => pause(doNotWaitForJobs), stop: () => close() };
  },
  (value) => {
    const stop = method(value, Symbol.asyncDispose) ?? method(value, 'close') ?? method(value, 'stop');
    return stop && { quiet: nothing, stop: () => stop() };
  },
];

/**
 * The longest that a connection without a request stays open while its server is closed, milliseconds: long for a client
 * that is about to send, and no long wait for whoever stops a swarm. Foreman kills after 5 s.
 */
const IDLE_TIMEOUT = 2000;

/**
 * Refuses new connections, answers one more request on each of those that are there, and resolves when the last has
 * ended. Node would end idle ones at once, and with them the request that a client is sending just then.
 */
function closeServer(value: Methods, close: Method, endIdle: () => void): Promise<void> {
  return new Promise((resolve) => {
    method(value, 'prependListener')?.('request', (_request: unknown, response: ServerResponse) => {
      response.setHeader('Connection', 'close');
    });
    // For those on which a request is running now. 0 is for ever.
    value['keepAliveTimeout'] = Math.min(Number(value['keepAliveTimeout']) || IDLE_TIMEOUT, IDLE_TIMEOUT);
    const timer = setTimeout(endIdle, IDLE_TIMEOUT);
    const idle = Object.getOwnPropertyDescriptor(value, 'closeIdleConnections');
    value['closeIdleConnections'] = nothing;
    // An error means that it was not listening, or is no longer: it is closed.
    close(() => {
      clearTimeout(timer);
      resolve();
    });
    delete value['closeIdleConnections'];
    if (idle) Object.defineProperty(value, 'closeIdleConnections', idle);
  });
}

/**
 * Browsers open connections that they may not need. Before Node 26, one on which nothing has ever been sent does not
 * count as idle, and is in the way of close() for ever.
 *
 * @returns ends these
 */
function watchSilent(value: Methods): () => void {
  const open = new Set<Socket>();
  method(value, 'on')?.('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}

function method(value: Methods, name: PropertyKey): Method | undefined {
  const found = value[name];
  return typeof found === 'function' ? (found.bind(value) as Method) : undefined;
}

function nothing(): void {}
