import type { Server } from 'node:net';
import { hasMethods, type Service, serviceName } from './service.ts';

type Close = (closed: () => void) => void;

/** Recognizes a server of node:net or node:tls, or of a library that extends one. */
export function netServer(value: object): Service | undefined {
  return isServer(value) ? serverService(value) : undefined;
}

/** Also true for servers of node:http, node:https and node:http2. */
export function isServer(value: object): value is Server {
  return hasMethods<Server>(value, 'listen', 'address', 'getConnections', 'close', 'on');
}

/** Returns the service of a server. Once quiet, it refuses new connections. It stops when the last connection ends. */
export function serverService(server: Server, close: Close = (closed) => server.close(closed)): Service {
  let closed: Promise<void> | undefined;
  const closeOnce = () => {
    // An error only means that it was not listening, so it is closed. Close it again if the application reopened it.
    if (!closed || server.listening) closed = new Promise((resolve) => close(() => resolve()));
    return closed;
  };
  return { name: serviceName(server), takesWork: true, quiet: () => void closeOnce(), stop: closeOnce };
}
