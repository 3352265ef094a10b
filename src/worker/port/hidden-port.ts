import { Socket } from 'node:net';
import { constants } from 'node:os';
import { replaceMethod } from '../../node/replace.ts';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

interface Target {
  port?: unknown;
  host?: unknown;
}

const LOCAL = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'];

/**
 * Some programs connect to their port to learn whether it is free, and listen on another if it is not (`serve`). The
 * workers that listen already would answer. So a worker refuses its own connections to PORT until it is ready, as if
 * the program ran alone.
 *
 * @returns ends that
 */
export function hidePort(port: number): () => void {
  let isHidden = true;
  const connect = replaceMethod<Connect>(Socket.prototype, 'connect', (original) => {
    return function (...args) {
      const { port: wanted, host = 'localhost' } = targetOf(args);
      if (!isHidden || Number(wanted) !== port || !LOCAL.includes(String(host))) return original.apply(this, args);
      // Node keeps what is written until then, as for any connection that is being made.
      Object.assign(this, { connecting: true });
      process.nextTick(() => this.destroy(refusal(String(host), port)));
      return this;
    };
  });
  const hiding = Socket.prototype.connect;
  return () => {
    isHidden = false;
    // Other code may have wrapped it since.
    if (Socket.prototype.connect === hiding) Socket.prototype.connect = connect as Socket['connect'];
  };
}

/** (options), (port[, host]), or Node's own form: an array with the options. */
function targetOf([first, second]: readonly unknown[]): Target {
  const options: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof options === 'object' && options !== null) return options;
  return { port: first, ...(typeof second === 'string' && { host: second }) };
}

/** In Node's words, with Node's properties. */
function refusal(host: string, port: number): Error {
  const address = host === 'localhost' ? '127.0.0.1' : host;
  const errno = -constants.errno.ECONNREFUSED;
  const error = new Error(`connect ECONNREFUSED ${address}:${port}`);
  return Object.assign(error, { errno, code: 'ECONNREFUSED', syscall: 'connect', address, port });
}
