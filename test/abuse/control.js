import { request } from 'node:http';
import { connect } from 'node:net';

/** The timeout of an answer, milliseconds. */
const ANSWER = 10_000;

/** The two entrances of a swarm: its control socket and SWARM_LISTEN. */
export class Control {
  #sockets = new Set();

  /** @param {string} path the control socket; `port`: the port of SWARM_LISTEN */
  constructor(path, port) {
    this.path = path;
    this.port = port;
  }

  /** @returns {Promise<{ code: number, body: string } | undefined>} undefined without an answer */
  ask(path) {
    return new Promise((resolve) => {
      request({ socketPath: this.path, path, agent: false, timeout: ANSWER }, async (response) => {
        let body = '';
        try {
          for await (const chunk of response) body += chunk;
          resolve({ code: response.statusCode, body });
        } catch {
          resolve(undefined);
        }
      })
        .on('timeout', function () {
          this.destroy();
        })
        .on('error', () => resolve(undefined))
        .end();
    });
  }

  async status() {
    const answer = await this.ask('/status');
    return answer?.code === 200 ? JSON.parse(answer.body) : undefined;
  }

  /** Whether each slot has exactly one worker, all are ready, and no rolling restart is in progress. */
  async isComplete(count) {
    const status = await this.status();
    if (!status || status.rollout || status.workers.length !== count) return false;
    return status.workers.every(({ state }) => state === 'ready');
  }

  /** Sends bytes to one of the entrances repeatedly, as fast as it accepts them, and reads nothing. */
  flood(door, bytes) {
    const socket = door === 'socket' ? connect(this.path) : connect(this.port, '127.0.0.1');
    this.#sockets.add(socket);
    const more = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.pause().on('connect', more).on('drain', more);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    return socket;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
  }
}
