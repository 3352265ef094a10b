import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { netServer } from './net-server.ts';
import type { Service } from './service.ts';

/**
 * The longest that a connection without a request stays open while its server is closed, milliseconds: long for a client
 * that is about to send, and no long wait for whoever stops a swarm. Foreman kills after 5 s.
 */
const IDLE_TIMEOUT = 2000;

/**
 * From its quiet on it refuses new connections, and answers one more request on each of those that are there. Node would
 * end idle ones at once, and with them the request that a client is sending just then.
 */
export function httpServer(value: Server): Service {
  const inHand = new Map<ServerResponse, IncomingMessage>();
  let closing = false;
  // Before the application answers, and perhaps sends the head.
  value.prependListener('request', (request, response) => {
    inHand.set(response, request);
    response.once('close', () => inHand.delete(response));
    if (closing) lastOfItsConnection(response);
  });
  const endSilent = watchSilent(value);

  const service = netServer(value, (closed) => {
    closing = true;
    for (const response of inHand.keys()) lastOfItsConnection(response);
    // For those whose head has been sent, without a word that this is the last one. 0 is for ever.
    value.keepAliveTimeout = Math.min(value.keepAliveTimeout || IDLE_TIMEOUT, IDLE_TIMEOUT);
    const timer = setTimeout(() => {
      value.closeIdleConnections();
      endSilent();
    }, IDLE_TIMEOUT);
    closeAllButIdle(value, () => {
      clearTimeout(timer);
      closed();
    });
  });
  return {
    ...service,
    running: () => Array.from(inHand.values(), ({ method, url }) => `${method} ${url?.replace(/\?.*/, '')}`),
  };
}

function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** What close() does, but for what it does to idle connections. */
function closeAllButIdle(server: Server, closed: () => void): void {
  const own = Object.getOwnPropertyDescriptor(server, 'closeIdleConnections');
  server.closeIdleConnections = () => {};
  server.close(closed);
  if (own) Object.defineProperty(server, 'closeIdleConnections', own);
  else Reflect.deleteProperty(server, 'closeIdleConnections');
}

/**
 * Browsers open connections that they may not need. Before Node 26, one on which nothing has ever been sent does not
 * count as idle, and is in the way of close() for ever.
 *
 * @returns ends these
 */
function watchSilent(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
