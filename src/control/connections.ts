import type { Server, Socket } from 'node:net';
import { type Answer, converse, type Question } from './http.ts';

/** At a time: they must not use up the supervisor's descriptors. */
const MAX_CONNECTIONS = 256;

/**
 * The connections of a server. None of them keeps this process alive. The next client gets an answer, however many
 * connections stand idle: beyond the limit, the one that has asked nothing for longest makes room.
 */
export class Connections {
  /** Each in the order in which they came. */
  readonly #silent = new Set<Socket>();
  readonly #asking = new Set<Socket>();
  #answer: ((question: Question) => Promise<Answer>) | undefined;

  constructor(server: Server) {
    server.unref();
    server.on('connection', (socket) => this.#accept(socket));
    // Out of descriptors, for example: clients can ask again.
    server.on('error', () => {});
  }

  /** Answers from now on, beginning with clients that have connected already. */
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
    // Clients that have disconnected do not matter.
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
