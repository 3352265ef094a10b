import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.js';
import { WorkerLink } from './worker-link.js';

/** A contender that takes longer has failed. Milliseconds. */
const PATIENCE = 60_000;
/** Between two looks at whether processes are gone. Milliseconds. */
const POLL = 2;

/** A contender could not be measured. */
export class ContenderFailed extends Error {
  /** @param output the last that it has printed */
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/** A contender that runs: its command, and the workers that have announced themselves. */
export class Session {
  /** Milliseconds from the start of the command until all workers were ready. */
  ready;
  #contender;
  #count;
  #place;
  #server;
  #command;
  /** The workers that are connected, by pid (of a thread: "pid.thread"), in the order in which they came. */
  #workers = new Map();
  /** The instant of each announcement, of whichever worker. */
  #announcements = [];
  /** Workers that were killed, and the first that died without that. */
  #killed = new Set();
  #lost;
  /** Emits "change" when there may be something new to see. */
  #changes = new EventEmitter();

  /** @param place from makePlace */
  constructor(contender, count, place) {
    this.#contender = contender;
    this.#count = count;
    this.#place = place;
  }

  /** Starts the command, and waits until all workers have announced themselves. */
  async start() {
    const { directory, flags } = this.#place;
    const socket = join(directory, 'bench.sock');
    this.#server = createServer((connection) => void this.#accept(connection)).listen({
      path: socket,
      // In a dyno they are another user's.
      readableAll: true,
      writableAll: true,
    });
    await once(this.#server, 'listening');

    const count = String(this.#count);
    const environment = {
      ...this.#contender.environment?.(count, directory),
      BENCH_SOCKET: socket,
      ...(flags && { NODE_OPTIONS: flags }),
    };
    const startedAt = performance.now();
    this.#command = this.#place.run(this.#contender.command(count), environment);
    this.#command.ended.then(() => this.#changes.emit('change'));
    this.ready = (await this.announcement(this.#count)) - startedAt;
  }

  /** The pids of the workers; none where they are threads. */
  workers() {
    return this.#contender.workersArePids === false ? [] : [...this.#workers.keys()];
  }

  /** The pids of all processes that descend from the command. */
  processes() {
    return this.#command.processes();
  }

  /** How many announcements there have been. */
  get announced() {
    return this.#announcements.length;
  }

  /** Waits for the announcement with that number, from 1. @returns the instant at which it came */
  async announcement(number) {
    const patience = AbortSignal.timeout(PATIENCE);
    while (this.announced < number) {
      const soFar = `${this.announced} of ${number} announcements of workers`;
      if (this.#command.end) throw this.#failed(`ended with ${this.#command.end} after ${soFar}`);
      try {
        await once(this.#changes, 'change', { signal: patience });
      } catch {
        throw this.#failed(`had made ${soFar} in ${PATIENCE / 1000} s`);
      }
    }
    return this.#announcements[number - 1];
  }

  /** Has all workers run a command of app/jobs.js. @returns their answers by worker */
  async ask(command, options) {
    const asked = [...this.#workers].map(async ([id, link]) => [id, await link.ask({ command, ...options })]);
    const answers = new Map(await Promise.all(asked));
    if (this.#lost) throw this.#failed(`lost worker ${this.#lost}`);
    return answers;
  }

  /** @returns the instant */
  killWorker(pid) {
    this.#killed.add(pid);
    const at = performance.now();
    process.kill(pid, 'SIGKILL');
    return at;
  }

  /** Sends TERM to the command. @returns milliseconds until the last of all its processes has gone */
  async stop() {
    let left = this.processes();
    const startedAt = performance.now();
    this.#command.terminate();
    for (;;) {
      left = left.filter(isAlive);
      const elapsed = performance.now() - startedAt;
      // Looking at all processes takes longer than looking at the known ones. This makes sure that there is no new one.
      if (left.length === 0) left = this.processes();
      if (left.length === 0) return elapsed;
      if (elapsed > PATIENCE) throw this.#failed(`had not stopped after ${PATIENCE / 1000} s`);
      await sleep(POLL);
    }
  }

  /** Ends what is left of it, however the measuring went. */
  async destroy() {
    this.kill();
    this.#server.close();
    await this.#command?.ended;
  }

  /** The part of `destroy` that cannot wait. */
  kill() {
    this.#command?.kill();
  }

  async #accept(connection) {
    const link = new WorkerLink(connection);
    const announcement = await link.next();
    if (!announcement) return;
    const { pid, threadId } = announcement;
    const id = threadId > 0 ? `${pid}.${threadId}` : pid;
    this.#announcements.push(performance.now());
    this.#workers.set(id, link);
    connection.on('close', () => {
      this.#workers.delete(id);
      if (!this.#killed.has(id)) this.#lost ??= id;
    });
    this.#changes.emit('change');
  }

  #failed(message) {
    return new ContenderFailed(message, this.#command.output.join('\n'));
  }
}
