import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestEvent } from '../supervisor/events.ts';
import { describeMetrics } from './metrics.ts';
import { type Facts, type Supervised, takeStatus } from './status.ts';

/** A connection on which nothing happens for so long is closed, milliseconds. */
const IDLE_TIMEOUT = 10_000;
/** Of a request, bytes. */
const MAX_BODY = 64 * 1024;

const REQUESTS: Readonly<Record<string, RequestEvent>> = {
  '/stop': { type: 'stop', by: 'swarm stop' },
  '/quiet': { type: 'quiet', by: 'swarm quiet' },
  '/restart': { type: 'reload', by: 'swarm restart' },
};

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What answers HTTP: it listens nowhere, and is given connections. */
export async function createAnswerer(supervised: Supervised, facts: Facts): Promise<Server> {
  const { createServer } = await import('node:http');
  // Looking at all processes takes time: whoever asks meanwhile gets the same answer.
  const status = shared(() => takeStatus(supervised, facts));
  const metrics = shared(async () => describeMetrics(await status()));
  /** Those whose answer is not out yet. */
  const busy = new WeakSet<Socket>();

  const http = createServer((request, response) => {
    const { socket } = request;
    // Whoever has gone away again is nobody's concern.
    for (const stream of [request, response]) stream.on('error', () => {});
    // Nobody sends a second request before the first is answered, but to have answers pile up that nobody reads.
    if (busy.has(socket)) return void socket.destroy();
    busy.add(socket);
    response.once('finish', () => busy.delete(socket));
    discardBody(request);
    void respond(request, response);
  });
  http.timeout = IDLE_TIMEOUT;
  return http;

  /** Never rejects. */
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(response, await answer(request));
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, refusal(500, (error as Error).message));
    }
  }

  async function answer({ method, url = '' }: IncomingMessage): Promise<Answer> {
    const path = url.replace(/\?.*/s, '');
    const request = REQUESTS[path];
    if (request) {
      if (method !== 'POST') return refusal(405, `${path} takes POST`, { Allow: 'POST' });
      supervised.emit(request);
      return json(202, { accepted: path.slice(1) });
    }
    if (path !== '/status' && path !== '/metrics') {
      return refusal(404, 'there are GET /status, GET /metrics, POST /quiet, POST /stop and POST /restart');
    }
    if (method !== 'GET') return refusal(405, `${path} takes GET`, { Allow: 'GET' });
    return path === '/status' ? json(200, await status()) : { code: 200, ...(await metrics()) };
  }
}

/** Work that is done once for all who ask while it is under way. */
function shared<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

/** No request has one that matters, but it must be out of the way of the next request. */
function discardBody(request: IncomingMessage): void {
  let size = 0;
  request.on('data', ({ length }: Buffer) => {
    size += length;
    if (size > MAX_BODY) request.destroy();
  });
}

function json(code: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return { code, type: 'application/json', body: `${JSON.stringify(value)}\n`, headers };
}

function refusal(code: number, error: string, headers?: Answer['headers']): Answer {
  return json(code, { error }, headers);
}

function send(response: ServerResponse, { code, type, body, headers }: Answer): void {
  response.writeHead(code, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...headers }).end(body);
}
