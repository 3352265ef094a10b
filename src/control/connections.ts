import type { Server, Socket } from 'node:net';
import { type Answer, converse, type Question } from './http.ts';

/** Maximum number of open connections, so that they cannot use up the supervisor's file descriptors. */
const MAX_CONNECTIONS = 256;

/**
 * The connections of a server. None of them keeps this process alive. Idle connections cannot lock out the next client:
 * beyond the limit, the one that has been silent longest is closed.
 */
export class Connections {
  /** Both sets are in insertion order, the oldest connection first. */
  readonly #silent = new Set<Socket>();
  readonly #asking = new Set<Socket>();
  #answer: ((question: Question) => Promise<Answer>) | undefined;

  constructor(server: Server) {
    server.unref();
    server.on('connection', (socket) => this.#accept(socket));
    // For example out of file descriptors: clients can retry.
    server.on('error', () => {});
  }

  /** Starts to answer, beginning with clients that are already connected. */
  serve(answer: (question: Question) => Promise<Answer>): void {
    this.#answer = answer;
    for (const socket of this.#silent) this.#converse(socket, answer);
  }

  close(): void {
    for (const socket of [...this.#silent, ...this.#asking]) socket.destroy();
  }

  #accept(socket: Socket): void {
    const [oldest] = this.#silent.size > 0 ? this.#silent : this.#asking;
    if (this.#silent.size + this.#asking.size >= MAX_CONNECTIONS) oldest?.destroy();
    this.#silent.add(socket);
    socket.once('close', () => {
      this.#silent.delete(socket);
      this.#asking.delete(socket);
    });
    socket.unref();
    // A client that disconnects is no problem.
    socket.on('error', () => {});
    if (this.#answer) this.#converse(socket, this.#answer);
  }

  #converse(socket: Socket, answer: (question: Question) => Promise<Answer>): void {
    converse(socket, (question) => {
      this.#silent.delete(socket);
      this.#asking.add(socket);
      return answer(question);
    });
  }
}
