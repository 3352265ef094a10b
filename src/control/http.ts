import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { RequestEvent } from '../supervisor/events.ts';
import { type Facts, type Status, type Supervised, takeStatus } from './status.ts';

/** A connection on which nothing happens for so long is closed, milliseconds. */
const IDLE_TIMEOUT = 10_000;

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
export function createAnswerer(supervised: Supervised, facts: Facts): Server {
  let underWay: Promise<Status> | undefined;
  // Looking at all processes takes time: whoever asks meanwhile gets the same answer.
  const status = () => {
    underWay ??= takeStatus(supervised, facts).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  const http = createServer((request, response) => {
    // There is nothing to read; and what there is must be out of the way of the next request.
    request.resume();
    void answer(request).then((found) => send(response, found));
  });
  http.timeout = IDLE_TIMEOUT;
  return http;

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
    if (path === '/status') return json(200, await status());
    const { describeMetrics } = await import('./metrics.ts');
    return { code: 200, ...(await describeMetrics(await status())) };
  }
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
