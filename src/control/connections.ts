import type { Server, Socket } from 'node:net';
import { type Answer, converse, type Question } from './http.ts';

/** At a time: they must not use up the supervisor's descriptors. */
const MAX_CONNECTIONS = 256;

/**
 * Those who have connected to a server. None of them is a reason for this process to stay. However many connect and ask nothing,
 * the next one is answered: of too many, the one that has been open longest makes room.
 */
export class Connections {
  /** The oldest first. */
  readonly #sockets = new Set<Socket>();
  #answer: ((question: Question) => Promise<Answer>) | undefined;

  constructor(server: Server) {
    server.unref();
    server.on('connection', (socket) => this.#accept(socket));
    // Out of descriptors, for example: those who ask can ask again.
    server.on('error', () => {});
  }

  /** Answers from now on, beginning with those who have connected already. */
  serve(answer: (question: Question) => Promise<Answer>): void {
    this.#answer = answer;
    for (const socket of this.#sockets) converse(socket, answer);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    const [oldest] = this.#sockets;
    if (oldest && this.#sockets.size >= MAX_CONNECTIONS) oldest.destroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.unref();
    // Who has gone away again is nobody's concern.
    socket.on('error', () => {});
    if (this.#answer) converse(socket, this.#answer);
  }
}
