import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Answers } from './answers.ts';
import { converse } from './http.ts';

/** Connections at a time. Whoever comes then takes the place of the one that has been open longest. */
const MAX_CONNECTIONS = 256;

/** Where to listen. Without a host: on all addresses, of IPv6 and IPv4. */
export interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * HTTP over TCP for probes and scrapers: who asks here can steer nothing. A connection has one request, some kilobytes and some
 * seconds, as on the control socket; however many are opened and left alone, the next one is answered.
 */
export class NetworkServer {
  readonly #server: Server;
  /** Of those that have connected, the oldest first. */
  readonly #connections = new Set<Socket>();
  #answers: Answers | undefined;

  /** @throws EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND, … */
  static async open({ host, port }: Address): Promise<NetworkServer> {
    const server = createServer({ allowHalfOpen: true });
    server.listen({ port, ...(host !== undefined && { host }) });
    await once(server, 'listening');
    return new NetworkServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.unref();
    server.on('connection', (socket) => this.#accept(socket));
    // Out of descriptors, for example: those who ask can ask again.
    server.on('error', () => {});
  }

  /** Answers from now on, beginning with those who have connected already. */
  serve(answers: Answers): void {
    this.#answers = answers;
    for (const socket of this.#connections) this.#converse(socket, answers);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
  }

  #accept(socket: Socket): void {
    const [oldest] = this.#connections;
    if (oldest && this.#connections.size >= MAX_CONNECTIONS) oldest.destroy();
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    // Who has gone away again is nobody's concern.
    socket.on('error', () => {});
    socket.unref();
    if (this.#answers) this.#converse(socket, this.#answers);
  }

  #converse(socket: Socket, answers: Answers): void {
    converse(socket, (question) => answers.onNetwork(question));
  }
}
