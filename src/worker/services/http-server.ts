import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as SecureServer } from 'node:tls';
import { endEach, endForApplication, isEndless } from './endless.ts';
import { netServer } from './net-server.ts';
import { hasMethods, type Service } from './service.ts';

/**
 * The longest that a connection without a request stays open while its server is closed, milliseconds: long for a client
 * that is about to send, and no long wait for whoever stops a swarm. Foreman kills after 5 s.
 */
export const IDLE_TIMEOUT = 2000;

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
  const open = watchConnections(value);

  const service = netServer(value, (closed) => {
    closing = true;
    for (const response of inHand.keys()) lastOfItsConnection(response);
    // For those whose head has been sent, without a word that this is the last one. 0 is for ever.
    value.keepAliveTimeout = Math.min(value.keepAliveTimeout || IDLE_TIMEOUT, IDLE_TIMEOUT);
    const timer = setTimeout(() => value.closeIdleConnections(), IDLE_TIMEOUT);
    closeAllButIdle(value, () => {
      clearTimeout(timer);
      closed();
    });
  });
  const endEndless = endEndlessResponses();
  /** Those on which nothing was ever sent, as browsers open them, are not idle before Node 26; nor are WebSockets ever. */
  const endOthers = () => {
    endEndless(inHand.keys());
    const busy = new Set(Array.from(inHand.values(), ({ socket }) => socket));
    for (const socket of open) if (!busy.has(socket)) socket.destroySoon();
  };
  return {
    ...service,
    async stop() {
      // Again and again: a response may begin late.
      const timer = setInterval(endOthers, IDLE_TIMEOUT);
      await service.stop();
      clearInterval(timer);
    },
    running: () => Array.from(inHand.values(), ({ method, url }) => `${method} ${url?.replace(/\?.*/, '')}`),
  };
}

/** See endEach(). */
export function endEndlessResponses(): (responses: Iterable<ServerResponse>) => void {
  return endEach({
    isEndless: (response) => response.headersSent && !response.writableEnded && isEndless(contentTypeOf(response)),
    end(response) {
      response.once('finish', () => response.req.socket.destroySoon());
      endForApplication(response);
    },
    abandon: (response) => response.destroy(),
  });
}

/** As it was sent: what is given to writeHead() alone is kept nowhere else. */
function contentTypeOf(response: ServerResponse): string | undefined {
  const head: unknown = Reflect.get(response, '_header');
  return /^content-type: *(.*)$/im.exec(String(head))?.[1];
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

/** As requests know them: those of https when they are secure. */
function watchConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  const connected = hasMethods<SecureServer>(server, 'addContext') ? 'secureConnection' : 'connection';
  server.on(connected, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
