import type { Server } from 'node:net';
import { hasMethods, type Service, serviceName } from './service.ts';

type Close = (closed: () => void) => void;

/** A server of node:net or node:tls, or of a library that extends one. */
export function netServer(value: object): Service | undefined {
  return isServer(value) ? serverService(value) : undefined;
}

/** Also a server of node:http, https or http2. */
export function isServer(value: object): value is Server {
  return hasMethods<Server>(value, 'listen', 'address', 'getConnections', 'close', 'on');
}

/** A server refuses new connections from its quiet on, and has stopped when its last connection has ended. */
export function serverService(server: Server, close: Close = (closed) => server.close(closed)): Service {
  let closed: Promise<void> | undefined;
  const closeOnce = () => {
    // An error would mean that it was not listening: it is closed. The application may have had it listen again.
    if (!closed || server.listening) closed = new Promise((resolve) => close(() => resolve()));
    return closed;
  };
  return { name: serviceName(server), takesWork: true, quiet: () => void closeOnce(), stop: closeOnce };
}
