import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { ListenAddress } from '../config/settings.ts';
import type { Answers } from './answers.ts';
import { Connections } from './connections.ts';

/** HTTP over TCP for probes and scrapers: who asks here can steer nothing. */
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
    this.#connections = new Connections(server);
  }

  serve(answers: Answers): void {
    this.#connections.serve((question) => answers.onNetwork(question));
  }

  close(): void {
    this.#server.close();
    this.#connections.close();
  }
}
