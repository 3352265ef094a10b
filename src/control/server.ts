import type { Server } from 'node:net';
import type { Answers } from './answers.ts';
import { Connections } from './connections.ts';
import { bindSocket, leaveDirectory } from './socket.ts';

/**
 * The control socket: HTTP on a Unix socket that only this user can connect to. Everything needed to answer is loaded
 * in advance, except prom-client, because swarm's own files can disappear while it runs (`npm ci`).
 */
export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly #connections: Connections;

  /** @throws SocketError */
  static async open(given: string | undefined): Promise<ControlServer> {
    const { path, server } = await bindSocket(given);
    return new ControlServer(path, server);
  }

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
    // Covers every way in which this process can end, except SIGKILL.
    process.once('exit', () => this.close());
    this.#connections = new Connections(server);
  }

  serve(answers: Answers): void {
    this.#connections.serve((question) => answers.onControlSocket(question));
  }

  /** Removes the socket. */
  close(): void {
    if (!this.#server.listening) return;
    this.#server.close();
    leaveDirectory(this.path);
    this.#connections.close();
  }
}
