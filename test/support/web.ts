import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Milliseconds between an answer and the next request. */
const PAUSE = 5;

/** Finds a port on which no process listens, outside the range that the kernel uses for outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    try {
      await once(server.listen(port), 'listening');
    } catch {
      continue;
    }
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

export interface Answer {
  status: number | undefined;
  body: string;
  /** The pid of the worker, from the answer of the fixture. */
  pid: number;
}

/** Sends one request. Rejects if it is refused or reset. */
export async function request(port: number, path = '/', agent: Agent | false = false): Promise<Answer> {
  const [response] = (await once(get({ host: '127.0.0.1', port, path, agent }), 'response')) as [IncomingMessage];
  const body = await text(response);
  return { status: response.statusCode, body, pid: Number(body.split(' ')[1]) };
}

/**
 * Clients that each send requests one after another until stop(). The pause after an answer leaves CPU time to the
 * workers under test.
 */
export class Load {
  /** Answers by the pid of the worker. */
  readonly answers = new Map<number, number>();
  readonly failures: string[] = [];
  readonly #clients: Promise<void>[];
  readonly #agents: Agent[] = [];
  #stopped = false;

  /** @param keepAlive whether a client keeps its connection, or makes one for each request */
  constructor(port: number, { clients, keepAlive }: { clients: number; keepAlive: boolean }) {
    this.#clients = Array.from({ length: clients }, () => this.#ask(port, keepAlive));
    onTestFinished(() => this.stop());
  }

  get count(): number {
    return [...this.answers.values()].reduce((sum, each) => sum + each, 0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    for (const agent of this.#agents) agent.destroy();
  }

  async #ask(port: number, keepAlive: boolean): Promise<void> {
    const agent = keepAlive && new Agent({ keepAlive: true, maxSockets: 1 });
    if (agent) this.#agents.push(agent);
    while (!this.#stopped) {
      try {
        const { pid } = await request(port, '/', agent);
        this.answers.set(pid, (this.answers.get(pid) ?? 0) + 1);
        await sleep(PAUSE);
      } catch (error) {
        this.failures.push(`${(error as NodeJS.ErrnoException).code} after ${this.count} answers`);
        // One failure is enough, and thousands say no more.
        if (this.failures.length > 9) return;
      }
    }
  }
}
