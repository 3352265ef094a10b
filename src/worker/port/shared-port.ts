import { Server } from 'node:net';
import { resolve } from 'node:path';
import type { Native } from '../../native/binding.ts';
import { replaceMethod } from '../../node/replace.ts';
import type { InheritedPort } from '../../protocol/assignment.ts';
import { registerUnasked } from '../registry.ts';
import { listenError, SharedSockets } from './shared-sockets.ts';

/**
 * Server.prototype._listen2(). Every form of listen() ends up there, after resolving the host name. Node keeps the name
 * "to avoid breaking code that wraps this method".
 */
type SetUp = (
  this: Listener,
  /** An IP address or a path; null means all addresses. */
  address: string | null,
  port: number | null,
  /** −1 means a path. */
  addressType: number | null,
  backlog: number,
  fd: number | undefined,
  flags: number | undefined,
) => void;

/** A net.Server with its internal properties. */
type Listener = Server & { _handle: object | null; _connectionKey: string; _listen2: SetUp };

/** libuv's flags, which Node passes on. */
const IPV6_ONLY = 1;
const REUSE_PORT = 2;

/**
 * Makes listen() on PORT use the sockets that all workers share. The application sees no difference: address(), errors,
 * and events and their order are the same as Node's. Servers on other ports are untouched. swarm drains a server on
 * PORT, so that it answers its requests before it stops.
 *
 * @param onChange called with whether a server listens on PORT, whenever that changes
 */
export function sharePort(
  inherited: InheritedPort,
  native: Native | undefined,
  onChange: (on: boolean) => void = () => {},
): void {
  const plain = (Server.prototype as Listener)._listen2;
  const exclusive = watchExclusive();
  const watch = watchListening(onChange);
  const share = native ? listenOnSockets(plain, new SharedSockets(native, inherited)) : listenBeside(plain);
  const setUp: SetUp = function (...wanted) {
    const [address, port, addressType, , fd, flags = 0] = wanted;
    const isOnPort = addressType === -1 ? isPath(address, inherited.port) : port === inherited.port;
    if (this._handle || typeof fd === 'number' || !isOnPort) {
      plain.apply(this, wanted);
      return;
    }
    if (exclusive.has(this) || flags & REUSE_PORT) {
      plain.apply(this, wanted);
    } else {
      registerUnasked(this);
      share(this, wanted);
    }
    if (this._handle) watch(this);
  };
  replaceMethod(Server.prototype, '_listen2', () => setUp);
}

/** @returns a function to call with each server that is about to listen */
function watchListening(onChange: (on: boolean) => void): (server: Server) => void {
  const listening = new Set<Server>();
  // Not the 'close' event, which Node emits only after the last connection.
  replaceMethod<Server['close']>(Server.prototype, 'close', (close) => {
    return function (this: Server, ...args) {
      const result = close.apply(this, args);
      if (listening.delete(this) && listening.size === 0) onChange(false);
      return result;
    };
  });
  return (server) => {
    server.once('listening', () => {
      if (!server.listening) return;
      listening.add(server);
      if (listening.size === 1) onChange(true);
    });
  };
}

/** Tracks servers that listen with `exclusive: true`, the only option of listen() that Node does not pass on. */
function watchExclusive(): WeakSet<Server> {
  const exclusive = new WeakSet<Server>();
  type Listen = (this: Server, ...args: unknown[]) => Server;
  replaceMethod<Listen>(Server.prototype, 'listen', (listen) => {
    return function (...args) {
      if ((args[0] as { exclusive?: unknown } | null | undefined)?.exclusive === true) exclusive.add(this);
      else exclusive.delete(this);
      return listen.apply(this, args);
    };
  });
  return exclusive;
}

/** Whether PORT is this path. The zero byte of an abstract name is "@" in PORT, as in systemd. */
function isPath(address: string | null, port: number | string): boolean {
  if (typeof port === 'number' || address === null) return false;
  return address.startsWith('\0') ? `@${address.slice(1)}` === port : resolve(address) === resolve(port);
}

type Share = (server: Listener, wanted: Parameters<SetUp>) => void;

/** Used with the addon: all workers share one socket per address. */
function listenOnSockets(plain: SetUp, sockets: SharedSockets): Share {
  return (server, wanted) => {
    const [address, port, addressType, backlog, , flags = 0] = wanted;
    const taken =
      addressType === -1
        ? sockets.takePath(server, address ?? '')
        : sockets.take(server, address, port ?? 0, (flags & IPV6_ONLY) !== 0);
    if (!taken) {
      plain.apply(server, wanted);
    } else if ('error' in taken) {
      const { error } = taken;
      process.nextTick(() => server.emit('error', error));
    } else {
      plain.call(server, null, null, null, backlog, taken.fd, undefined);
      server._connectionKey = `${addressType}:${taken.address}:${port}`;
    }
  };
}

/**
 * Used without the addon: each worker opens a separate socket, if Node and the kernel support that (SO_REUSEPORT).
 * Closing it loses the connections in its queue. Refuses a second server on the same address, which the kernel would
 * allow.
 */
function listenBeside(plain: SetUp): Share {
  const listening = new Map<string, Server>();
  return (server, [address, port, addressType, backlog, fd, flags]) => {
    if (addressType === -1 || !canReusePorts()) {
      plain.call(server, address, port, addressType, backlog, fd, flags);
      return;
    }
    const place = address ?? '::';
    if (listening.get(place)?.listening) {
      process.nextTick(() => server.emit('error', listenError('EADDRINUSE', place, port ?? 0)));
      return;
    }
    listening.set(place, server);
    plain.call(server, address, port, addressType, backlog, fd, (flags ?? 0) | REUSE_PORT);
  };
}

export function canReusePorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12));
}
