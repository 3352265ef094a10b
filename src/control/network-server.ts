import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Server } from 'node:net';
import type { ListenAddress } from '../config/settings.ts';
import type { Answers } from './answers.ts';
import { Connections } from './connections.ts';
import { type Answer, type Question, refusal } from './http.ts';

/** Read-only HTTP over TCP, for probes and scrapers. */
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
    const { address } = this.#server.address() as AddressInfo;
    const isLoopback = /^((::ffff:)?127\.|::1$)/.test(address);
    this.#connections.serve(async (question) => {
      return (isLoopback && misdirected(question)) || answers.onNetwork(question);
    });
  }

  close(): void {
    this.#server.close();
    this.#connections.close();
  }
}

/**
 * Refuses foreign host names on a loopback address. A page in a browser on this machine can also connect, and could
 * read the answer if its own site's name resolves to this address (DNS rebinding). No site can rebind an IP address or
 * `localhost`.
 */
function misdirected({ host }: Question): Answer | undefined {
  if (host === undefined || isIP(host.replace(/^\[|\]$/g, '')) !== 0 || /^(.+\.)?localhost$/i.test(host))
    return undefined;
  return refusal(421, `${JSON.stringify(host)} is not a loopback name: use 127.0.0.1 or localhost`);
}
