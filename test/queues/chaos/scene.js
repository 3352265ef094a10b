import { closeSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from './ledger.js';
import { zombiesOf } from './processes.js';
import { Swarm } from './swarm.js';

/** Milliseconds, longer than anything takes on the slowest machine. */
const PATIENCE = 120_000;
/** The number of log lines to quote in an error. */
const SHOWN = 20;

/** A busy swarm with its queue, its server and its ledger, and the ways to wait for what happens in it. */
export class Scene {
  /** The number of jobs added to the queue. */
  enqueued = 0;
  #buried = new Set();
  #cuts = 0;

  /**
   * Starts a server, but not yet the swarm. The caller must close the scene, and remove its directory.
   *
   * @param {{ library: any, mode: 'fork' | 'spawn', count: number, concurrency: number, lock: number, longest: number,
   *   leak?: number, random: () => number, env: NodeJS.ProcessEnv, beside?: string[] }} options
   *   `lock`: milliseconds after which another worker takes the job of a silent one; `leak`: MB that a job can leak
   */
  static async open({ library, mode, concurrency, env, beside, ...rest }) {
    const { lock, count } = rest;
    const directory = mkdtempSync(join(tmpdir(), 'swarm-queue-'));
    const books = join(directory, 'ledger');
    mkdirSync(books);
    const errors = openSync(join(directory, 'stderr'), 'a');
    const server = await library.startServer();
    const queue = await library.connect(server, { lock });
    const settings = { CONCURRENCY: String(concurrency), LOCK_MS: String(lock), LEDGER: books, SWARM_MODE: mode };
    const swarm = new Swarm({
      module: library.module,
      beside,
      env: { ...library.environment(server), ...settings, ...env },
      count,
      errors,
    });
    const { halts } = library;
    return new Scene({ swarm, ledger: new Ledger(books), queue, server, halts, directory, errors, ...rest });
  }

  /** Use open(). */
  constructor(parts) {
    Object.assign(this, parts);
  }

  async close() {
    this.swarm.signalAll('SIGKILL');
    // A client whose server is away can wait forever.
    await Promise.race([this.queue.close().catch(() => {}), sleep(20)]);
    await this.server.stop();
    closeSync(this.errors);
  }

  /** Reads the ledger, asks the queue which jobs it has recorded, and tells it which workers have died. */
  async look() {
    await sleep(20);
    this.ledger.read();
    try {
      await this.#acknowledge();
      await this.#bury();
    } catch {
      // The server is away. The next look retries.
    }
  }

  /** No library reports reliably when it has recorded a job, but its server knows. */
  async #acknowledge() {
    const jobs = this.ledger.unacknowledged;
    if (jobs.length > 0) this.ledger.acknowledge(await this.queue.recorded(jobs));
  }

  async #bury() {
    const dead = this.ledger.ended.filter((pid) => !this.#buried.has(pid));
    if (dead.length === 0) return;
    await this.queue.buried(this.ledger.namesOf(dead));
    for (const pid of dead) this.#buried.add(pid);
  }

  async until(what, condition) {
    const end = performance.now() + PATIENCE;
    while (!(await condition())) {
      if (performance.now() > end) throw this.#failure(`timed out waiting for: ${what}`);
      if (this.swarm.hasExited && !this.stopping) throw this.#failure(`swarm exited while waiting for: ${what}`);
      await this.look();
    }
  }

  #failure(what) {
    const lines = this.swarm.log.slice(-SHOWN).map(({ msg }) => msg);
    return new Error([what, 'The log ends with:', ...lines].join('\n'));
  }

  /** Waits until this many more jobs are done. */
  async progress(jobs) {
    const goal = Math.min(this.ledger.done + jobs, this.enqueued);
    await this.until(`${goal} finished jobs`, () => this.ledger.done >= goal);
  }

  /** Adds jobs that take from 1 ms to `longest`. */
  async enqueue(count) {
    const orders = Array.from({ length: count }, () => ({
      job: this.enqueued++,
      ms: 1 + Math.floor(this.random() * this.longest),
    }));
    for (let first = 0; first < count; first += 1000) await this.queue.enqueue(orders.slice(first, first + 1000));
  }

  /** Adds one job in front of all others. Returns its number. */
  async extra(order) {
    const job = this.enqueued++;
    await this.queue.enqueue([{ job, ...order }], { first: true });
    return job;
  }

  /** Waits for an active worker in this slot. Returns its pid. */
  async worker(slot) {
    await this.until(`a worker in slot ${slot}`, () => this.swarm.workerIn(slot) !== undefined);
    return this.swarm.workerIn(slot);
  }

  exit(pid) {
    return this.until(`the exit of worker ${pid}`, () => this.swarm.has('worker.exit', pid));
  }

  /** Checks that this worker was killed at its deadline, and expects the exit status of swarm to be 1 for it. */
  expectCut(pid) {
    const named = this.swarm.life.some(
      ({ event, reason, pid: killed }) => event === 'worker.kill' && reason === 'timeout' && killed === pid,
    );
    if (!named) throw new Error(`worker ${pid} was not named when it was killed at its deadline`);
    this.#cuts += 1;
  }

  /** Waits until the swarm has exited, and all of its processes are gone. */
  async ended(what) {
    this.stopping = true;
    await this.until('the exit of swarm', () => this.swarm.hasExited);
    this.swarm.noteEnd(what, what === 'orphans' ? 'SIGKILL' : Math.min(this.#cuts, 1));
    await this.until('the end of all processes', () => this.swarm.processes().length === 0);
    this.stopping = false;
    this.#cuts = 0;
  }

  async restarted(what) {
    await this.ended(what);
    await this.start();
  }

  async start() {
    this.swarm.start();
    await this.filled();
  }

  filled() {
    return this.until('a ready worker in every slot', () => this.swarm.isComplete);
  }

  /** Waits until all jobs are done, and the queue has recorded that. */
  async finished() {
    await this.until(`the end of all ${this.enqueued} jobs`, async () => {
      if (this.ledger.done < this.enqueued) return false;
      const { waiting, active } = await this.queue.left();
      return waiting + active === 0;
    });
    const parents = [this.swarm.pid, this.swarm.mold];
    await this.until('no zombies', () => zombiesOf(parents).length === 0);
  }
}
