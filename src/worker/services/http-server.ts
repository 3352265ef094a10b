import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as SecureServer } from 'node:tls';
import { endEach, endForApplication, isEndless } from './endless.ts';
import { isServer, serverService } from './net-server.ts';
import { hasMethods, type Service } from './service.ts';

/**
 * How long an idle connection stays open while its server closes, in milliseconds. Long enough for a client that is
 * about to send a request, and short enough for a stop: foreman kills after 5 s.
 */
export const IDLE_TIMEOUT = 2000;

/** Recognizes a server of node:http or node:https. */
export function httpServer(value: object): Service | undefined {
  return isServer(value) && hasMethods<Server>(value, 'closeIdleConnections') ? httpService(value) : undefined;
}

/**
 * Once quiet, a server refuses new connections and answers one more request on each open one. Node would close idle
 * connections immediately, even while a client is sending a request.
 */
function httpService(value: Server): Service {
  const inHand = new Map<ServerResponse, IncomingMessage>();
  let closing = false;
  // Runs before the application, which can send the headers.
  value.prependListener('request', (request, response) => {
    inHand.set(response, request);
    response.once('close', () => inHand.delete(response));
    if (closing) lastOfItsConnection(response);
  });
  const open = watchConnections(value);

  const service = serverService(value, (closed) => {
    closing = true;
    for (const response of inHand.keys()) lastOfItsConnection(response);
    // Headers already sent do not close their connections, so limit the keep-alive time; 0 means forever.
    value.keepAliveTimeout = Math.min(value.keepAliveTimeout || IDLE_TIMEOUT, IDLE_TIMEOUT);
    const timer = setTimeout(() => afterReading(() => value.closeIdleConnections()), IDLE_TIMEOUT);
    closeAllButIdle(value, () => {
      clearTimeout(timer);
      closed();
    });
  });
  const endEndless = endEndlessResponses();
  /**
   * Ends endless responses, and the connections that closeIdleConnections() misses: WebSockets, and before Node 26
   * connections without a first request, which browsers open in advance.
   */
  const endOthers = () => {
    endEndless(inHand.keys());
    const busy = new Set(Array.from(inHand.values(), ({ socket }) => socket));
    for (const socket of open) if (!busy.has(socket)) socket.destroySoon();
  };
  return {
    ...service,
    async stop() {
      // Repeatedly, because an endless response can start late.
      const timer = setInterval(() => afterReading(endOthers), IDLE_TIMEOUT);
      await service.stop();
      clearInterval(timer);
    },
    running: () => Array.from(inHand.values(), ({ method, url }) => `${method} ${url?.replace(/\?.*/, '')}`),
  };
}

/** Returns a function that ends endless responses, as endEach() describes. */
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

/** Reads the content type from the headers as sent: Node stores the arguments of writeHead() nowhere else. */
function contentTypeOf(response: ServerResponse): string | undefined {
  const head: unknown = Reflect.get(response, '_header');
  return /^content-type: *(.*)$/im.exec(String(head))?.[1];
}

/**
 * Runs `work` after the pending input was read. If a job blocked the event loop, a late timer fires before the requests
 * that arrived meanwhile are read.
 */
function afterReading(work: () => void): void {
  setImmediate(work);
}

function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** Closes the server as close() does, but leaves idle connections open. */
function closeAllButIdle(server: Server, closed: () => void): void {
  const own = Object.getOwnPropertyDescriptor(server, 'closeIdleConnections');
  server.closeIdleConnections = () => {};
  server.close(closed);
  if (own) Object.defineProperty(server, 'closeIdleConnections', own);
  else Reflect.deleteProperty(server, 'closeIdleConnections');
}

/** Tracks the open sockets, as requests refer to them: for https, the TLS sockets. */
function watchConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  const connected = hasMethods<SecureServer>(server, 'addContext') ? 'secureConnection' : 'connection';
  server.on(connected, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
