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
 * Makes this worker's own connections to PORT fail until it is ready. Some programs connect to their port to find out
 * whether it is free, and listen on another one if it is not (`serve`): the workers that already listen would answer.
 *
 * @returns a function that allows connections to PORT again
 */
export function hidePort(port: number): () => void {
  let isHidden = true;
  const connect = replaceMethod<Connect>(Socket.prototype, 'connect', (original) => {
    return function (...args) {
      const { port: wanted, host = 'localhost' } = targetOf(args);
      if (!isHidden || Number(wanted) !== port || !LOCAL.includes(String(host))) return original.apply(this, args);
      // Node buffers writes until then, as for any pending connection.
      Object.assign(this, { connecting: true });
      process.nextTick(() => this.destroy(refusal(String(host), port)));
      return this;
    };
  });
  const hiding = Socket.prototype.connect;
  return () => {
    isHidden = false;
    // Unless other code has wrapped it since.
    if (Socket.prototype.connect === hiding) Socket.prototype.connect = connect as Socket['connect'];
  };
}

/** Parses the arguments of connect(): (options), (port[, host]), or Node's internal form, an array with the options. */
function targetOf([first, second]: readonly unknown[]): Target {
  const options: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof options === 'object' && options !== null) return options;
  return { port: first, ...(typeof second === 'string' && { host: second }) };
}

/** Creates the error that Node would, with the same message and properties. */
function refusal(host: string, port: number): Error {
  const address = host === 'localhost' ? '127.0.0.1' : host;
  const errno = -constants.errno.ECONNREFUSED;
  const error = new Error(`connect ECONNREFUSED ${address}:${port}`);
  return Object.assign(error, { errno, code: 'ECONNREFUSED', syscall: 'connect', address, port });
}
