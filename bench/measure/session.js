import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.js';
import { WorkerLink } from './worker-link.js';

/** Milliseconds after which a contender has failed. */
const PATIENCE = 60_000;
/** Milliseconds between two checks for remaining processes. */
const POLL = 2;

/** A contender could not be measured. */
export class ContenderFailed extends Error {
  /** @param output its last output */
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/** A running contender: its command, and the workers that have announced themselves. */
export class Session {
  /** Milliseconds from the start of the command until all workers were ready. */
  ready;
  #contender;
  #count;
  #place;
  #server;
  #command;
  /** Connected workers by pid (threads by "pid.thread"), in the order of their announcements. */
  #workers = new Map();
  /** The time of each announcement. */
  #announcements = [];
  /** The workers that the bench killed, and the first that died otherwise. */
  #killed = new Set();
  #lost;
  /** Emits "change" when the state may have changed. */
  #changes = new EventEmitter();

  /** @param place the result of makePlace */
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
      // In a dyno the workers belong to another user.
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

  /** The pids of the workers; none if they are threads. */
  workers() {
    return this.#contender.workersArePids === false ? [] : [...this.#workers.keys()];
  }

  /** The pids of all descendants of the command. */
  processes() {
    return this.#command.processes();
  }

  /** The number of announcements so far. */
  get announced() {
    return this.#announcements.length;
  }

  /** Waits for the announcement with this number, from 1. @returns its time */
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

  /** Sends a request of app/jobs.js to all workers. @returns their answers by worker */
  async ask(command, options) {
    const asked = [...this.#workers].map(async ([id, link]) => [id, await link.ask({ command, ...options })]);
    const answers = new Map(await Promise.all(asked));
    if (this.#lost) throw this.#failed(`lost worker ${this.#lost}`);
    return answers;
  }

  /** @returns the time of the signal */
  killWorker(pid) {
    this.#killed.add(pid);
    const at = performance.now();
    process.kill(pid, 'SIGKILL');
    return at;
  }

  /** Sends TERM to the command. @returns the milliseconds until its last process is gone */
  async stop() {
    let left = this.processes();
    const startedAt = performance.now();
    this.#command.terminate();
    for (;;) {
      left = left.filter(isAlive);
      const elapsed = performance.now() - startedAt;
      // Checking all processes takes longer than checking the known ones. Do it only once, to find new ones.
      if (left.length === 0) left = this.processes();
      if (left.length === 0) return elapsed;
      if (elapsed > PATIENCE) throw this.#failed(`had not stopped after ${PATIENCE / 1000} s`);
      await sleep(POLL);
    }
  }

  /** Kills the remaining processes, and closes the session. */
  async destroy() {
    this.kill();
    this.#server.close();
    await this.#command?.ended;
  }

  /** The synchronous part of `destroy`. */
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
