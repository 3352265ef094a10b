import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as SecureServer } from 'node:tls';
import { endEach, endForApplication, isEndless } from './endless.ts';
import { isServer, serverService } from './net-server.ts';
import { hasMethods, type Service } from './service.ts';

/**
 * How long a connection without a request stays open while its server is closed, milliseconds. That is long for a
 * client that is about to send, and short for a stop: foreman kills after 5 s.
 */
export const IDLE_TIMEOUT = 2000;

/** A server of node:http or https. */
export function httpServer(value: object): Service | undefined {
  return isServer(value) && hasMethods<Server>(value, 'closeIdleConnections') ? httpService(value) : undefined;
}

/**
 * From its quiet on, a server refuses new connections, and answers one more request on each of the open ones. Node would end
 * idle connections at once, even if a client is sending a request just then.
 */
function httpService(value: Server): Service {
  const inHand = new Map<ServerResponse, IncomingMessage>();
  let closing = false;
  // Before the application answers and perhaps sends the head.
  value.prependListener('request', (request, response) => {
    inHand.set(response, request);
    response.once('close', () => inHand.delete(response));
    if (closing) lastOfItsConnection(response);
  });
  const open = watchConnections(value);

  const service = serverService(value, (closed) => {
    closing = true;
    for (const response of inHand.keys()) lastOfItsConnection(response);
    // Some heads have been sent already, and do not close their connections. 0 means forever.
    value.keepAliveTimeout = Math.min(value.keepAliveTimeout || IDLE_TIMEOUT, IDLE_TIMEOUT);
    const timer = setTimeout(() => afterReading(() => value.closeIdleConnections()), IDLE_TIMEOUT);
    closeAllButIdle(value, () => {
      clearTimeout(timer);
      closed();
    });
  });
  const endEndless = endEndlessResponses();
  /** Before Node 26, connections without a first request are not idle, and browsers open such. WebSockets are never idle. */
  const endOthers = () => {
    endEndless(inHand.keys());
    const busy = new Set(Array.from(inHand.values(), ({ socket }) => socket));
    for (const socket of open) if (!busy.has(socket)) socket.destroySoon();
  };
  return {
    ...service,
    async stop() {
      // Repeatedly: a response may begin late.
      const timer = setInterval(() => afterReading(endOthers), IDLE_TIMEOUT);
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

/** From the head as it was sent: Node keeps what writeHead() gets nowhere else. */
function contentTypeOf(response: ServerResponse): string | undefined {
  const head: unknown = Reflect.get(response, '_header');
  return /^content-type: *(.*)$/im.exec(String(head))?.[1];
}

/**
 * A timer that is late, because a job has blocked the event loop, fires before the requests that arrived in that time.
 */
function afterReading(work: () => void): void {
  setImmediate(work);
}

function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** close(), but idle connections stay open. */
function closeAllButIdle(server: Server, closed: () => void): void {
  const own = Object.getOwnPropertyDescriptor(server, 'closeIdleConnections');
  server.closeIdleConnections = () => {};
  server.close(closed);
  if (own) Object.defineProperty(server, 'closeIdleConnections', own);
  else Reflect.deleteProperty(server, 'closeIdleConnections');
}

/** The sockets that requests have: for https, the secure ones. */
function watchConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  const connected = hasMethods<SecureServer>(server, 'addContext') ? 'secureConnection' : 'connection';
  server.on(connected, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
