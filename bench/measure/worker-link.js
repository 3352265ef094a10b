import { readMessages, writeMessage } from '../app/messages.js';

/** The bench's end of the socket on which a worker announces itself; the other end is app/link.js. */
export class WorkerLink {
  #socket;
  /** Receives the next message. At most one is awaited at a time. */
  #take = () => {};

  constructor(socket) {
    this.#socket = socket;
    readMessages(socket, (message) => this.#take(message));
    // A killed worker can reset the connection. "close" follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#take());
  }

  /** Waits for the announcement or an answer. @returns undefined if the worker has died */
  next() {
    if (this.#socket.destroyed) return undefined;
    return new Promise((resolve) => {
      this.#take = resolve;
    });
  }

  /** Sends a request. @returns the worker's answer; undefined if it has died */
  ask(request) {
    writeMessage(this.#socket, request);
    return this.next();
  }
}
