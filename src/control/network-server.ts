import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { ListenAddress } from '../config/settings.ts';
import type { Answers } from './answers.ts';
import { Connections } from './connections.ts';

/** Connections at a time. */
const MAX_CONNECTIONS = 256;

/**
 * HTTP over TCP for probes and scrapers: who asks here can steer nothing. A connection has one request, some kilobytes and some
 * seconds, as on the control socket; however many are opened and left alone, the next one is answered.
 */
export class NetworkServer {
  readonly #server: Server;
  readonly #connections: Connections;

  /** @throws EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND, … */
  static async open({ host, port }: ListenAddress): Promise<NetworkServer> {
    const server = createServer({ allowHalfOpen: true });
    server.listen({ port, ...(host !== undefined && { host }) });
    await once(server, 'listening');
    return new NetworkServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#connections = new Connections(server, MAX_CONNECTIONS);
  }

  serve(answers: Answers): void {
    this.#connections.serve((question) => answers.onNetwork(question));
  }

  close(): void {
    this.#server.close();
    this.#connections.close();
  }
}
