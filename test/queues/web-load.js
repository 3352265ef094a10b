import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { now } from './chaos/processes.js';

/** Clients of a web server. Each sends its next request as soon as the last one is answered. */
export class WebLoad {
  answered = 0;
  /** Requests that were refused or cut off: the time in microseconds, and the reason with the kind of connection. */
  failed = [];
  #stopped = false;
  #clients;

  /** @param {{ port: number, clients: number, keepAlive: boolean }} options `keepAlive`: for all clients, not for every second one */
  constructor({ port, clients, keepAlive }) {
    this.#clients = Array.from({ length: clients }, (_, n) => this.#ask(port, keepAlive || n % 2 === 0));
  }

  /** Stops all clients, and resolves when each has its last answer. */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #ask(port, keepAlive) {
    const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
    while (!this.#stopped) {
      const request = get({ host: '127.0.0.1', port, agent });
      try {
        const [response] = await once(request, 'response');
        for await (const _ of response);
        this.answered += 1;
      } catch ({ code, message }) {
        const connection = request.reusedSocket ? 'a kept connection' : 'a new connection';
        this.failed.push({ at: now(), reason: `${code ?? message} over ${connection}` });
      }
    }
    if (agent) agent.destroy();
  }
}
