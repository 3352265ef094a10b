import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { readDatadog } from './intake/datadog.js';
import { readElastic } from './intake/elastic.js';
import { answerNewRelic, readNewRelic } from './intake/newrelic.js';
import { readOpenTelemetry } from './intake/opentelemetry.js';
import { readSentry } from './intake/sentry.js';
import { peersOf } from './peer.js';

/**
 * Something that an agent has reported. `instance` is what its service distinguishes processes by, or else the pid of
 * the process that sent it.
 *
 * @typedef {{ kind: 'span' | 'error' | 'metric', name: string, instance?: string, pid?: number, ids?: string[] }} Fact
 */

const READERS = {
  sentry: readSentry,
  opentelemetry: readOpenTelemetry,
  datadog: readDatadog,
  elastic: readElastic,
  newrelic: readNewRelic,
};

/** A monitoring service that records what is reported to it. All agents use HTTP; only New Relic's requires TLS. */
export class Sink {
  /** @type {(Fact & { instance: string, connection: string, peers: number[] })[]} */
  facts = [];
  /** Errors from requests that could not be read. */
  errors = [];
  #server;
  #connections = 0;

  constructor(agent, tls) {
    const read = READERS[agent];
    this.#server = tls ? createTlsServer(tls) : createServer();
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket) => {
      this.#connections += 1;
      socket.connectionName = `connection ${this.#connections}`;
    });
    this.#server.on('tlsClientError', (error) => this.errors.push(error));
    this.#server.on('request', async (request, response) => {
      try {
        const { socket } = request;
        socket.peers ??= peersOf(socket);
        const body = await bodyOf(request);
        for (const fact of read(request.url, body)) {
          this.facts.push({
            instance: `pid ${socket.peers[0]}`,
            ...fact,
            connection: socket.connectionName,
            peers: socket.peers,
          });
        }
      } catch (error) {
        this.errors.push(error);
      }
      const answer = agent === 'newrelic' ? answerNewRelic(request.url, this.port) : {};
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  switch (request.headers['content-encoding']) {
    case 'gzip':
      return gunzipSync(body);
    case 'deflate':
      return inflateSync(body);
    case 'br':
      return brotliDecompressSync(body);
    default:
      return body;
  }
}
