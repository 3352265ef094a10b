import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Server, Http2Session } from 'node:http2';
import type { Server } from 'node:net';
import { hasMethods, nameOf, type Service } from './service.ts';

/** A server of node:http, https, http2, net or tls, or of a library that extends one. */
export function server(value: object): Service | undefined {
  if (!hasMethods<Server>(value, 'listen', 'address', 'getConnections', 'close', 'on')) return undefined;
  if (hasMethods<Http2Server>(value, 'updateSettings')) return http2Server(value);
  if (hasMethods<HttpServer>(value, 'closeIdleConnections')) return httpServer(value);
  return netServer(value);
}

/** It is closed when the last connection has ended. */
function netServer(value: Server): Service {
  let closed: Promise<void> | undefined;
  const close = () => {
    // An error would mean that it was not listening: it is closed.
    if (!closed || value.listening) closed = new Promise((resolve) => void value.close(() => resolve()));
    return closed;
  };
  return { name: nameOf(value), takesWork: true, quiet: () => void close(), stop: close };
}

/** Connections that wait for a request are ended at once, the others after the one they have. */
function httpServer(value: HttpServer): Service {
  const service = netServer(value);
  const inHand = new Map<ServerResponse, IncomingMessage>();
  let quiet = false;
  // Before the application answers, and perhaps sends the head.
  value.prependListener('request', (request, response) => {
    inHand.set(response, request);
    if (quiet) lastOfItsConnection(response);
    response.once('close', () => {
      inHand.delete(response);
      // Its head may have been sent before, without a word that this is the last one.
      if (quiet) setImmediate(() => value.closeIdleConnections());
    });
  });
  const pause = () => {
    quiet = true;
    service.quiet?.();
    value.closeIdleConnections();
    for (const response of inHand.keys()) lastOfItsConnection(response);
  };
  return {
    ...service,
    quiet: pause,
    stop() {
      pause();
      return service.stop();
    },
    running: () => Array.from(inHand.values(), ({ method, url }) => `${method} ${url?.replace(/\?.*/, '')}`),
  };
}

function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** Node 20 does not tell the clients, which keep their sessions for the next request. */
function http2Server(value: Http2Server): Service {
  const service = netServer(value);
  const sessions = new Set<Http2Session>();
  value.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const pause = () => {
    service.quiet?.();
    // The streams in hand are finished before.
    for (const session of sessions) session.close();
  };
  return {
    ...service,
    quiet: pause,
    stop() {
      pause();
      return service.stop();
    },
  };
}
