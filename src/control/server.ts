import type { Server, Socket } from 'node:net';
import type { Answers } from './answers.ts';
import { converse, type Question } from './http.ts';
import { bindSocket, leaveDirectory } from './socket.ts';

/** So many may ask at once; who comes then is turned away, so that nobody can use up the supervisor's descriptors. */
const MAX_CONNECTIONS = 32;

/**
 * The control socket: HTTP on a Unix socket that only this user can connect to. Nothing that it takes to answer is loaded
 * when somebody asks, but prom-client: swarm's own files may be gone by then (`npm ci`).
 */
export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  /** @throws SocketError */
  static async open(given: string | undefined): Promise<ControlServer> {
    const { path, server } = await bindSocket(given);
    return new ControlServer(path, server);
  }

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
    // However this process ends, unless it is killed.
    process.once('exit', () => this.close());
    server.maxConnections = MAX_CONNECTIONS;
    server.unref();
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
      // Before there is anybody to answer it, and after, it has no reason to keep this process.
      socket.unref();
      // Who has gone away again is nobody's concern.
      socket.on('error', () => {});
    });
    // Out of descriptors, for example: those who ask can ask again.
    server.on('error', () => {});
  }

  /** Answers from now on, beginning with those who have connected already. */
  serve(answers: Answers): void {
    const answer = (question: Question) => answers.onControlSocket(question);
    for (const socket of this.#connections) converse(socket, answer);
    this.#server.on('connection', (socket) => converse(socket, answer));
  }

  /** Removes the socket. */
  close(): void {
    if (!this.#server.listening) return;
    this.#server.close();
    leaveDirectory(this.path);
    for (const socket of this.#connections) socket.destroy();
  }
}
