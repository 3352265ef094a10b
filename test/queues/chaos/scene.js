import { closeSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from './ledger.js';
import { zombiesOf } from './processes.js';
import { Swarm } from './swarm.js';

/** Longer than anything takes on the slowest machine. Milliseconds. */
const PATIENCE = 120_000;
/** Lines of the log in an error. */
const SHOWN = 20;

/** A swarm at work, with its queue, its server and its ledger; and what can be waited for in it. */
export class Scene {
  /** Jobs that were given to the queue. */
  enqueued = 0;
  #buried = new Set();
  #cuts = 0;

  /**
   * With a server of its own, and a swarm that has not been started. Whoever opens it closes it, and removes its directory.
   *
   * @param {{ library: any, mode: 'fork' | 'spawn', count: number, concurrency: number, lock: number, longest: number,
   *   leak?: number, random: () => number, env: NodeJS.ProcessEnv, beside?: string[] }} options
   *   `lock`: milliseconds without a sign of life after which another worker takes a job; `leak`: MB that a job may lose
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
    // A client whose server is away may wait for ever.
    await Promise.race([this.queue.close().catch(() => {}), this.look()]);
    await this.server.stop();
    closeSync(this.errors);
  }

  /** Reads the ledger, and tells the queue which workers have died, if it needs to know. */
  async look() {
    await sleep(20);
    this.ledger.read();
    const dead = this.ledger.ended.filter((pid) => !this.#buried.has(pid));
    if (dead.length === 0) return;
    try {
      await this.queue.buried(this.ledger.namesOf(dead));
      for (const pid of dead) this.#buried.add(pid);
    } catch {
      // The server is away: next time.
    }
  }

  async until(what, condition) {
    const end = performance.now() + PATIENCE;
    while (!(await condition())) {
      if (performance.now() > end) throw this.#failure(`waited in vain for: ${what}`);
      if (this.swarm.hasExited && !this.stopping) throw this.#failure(`swarm exited while waiting for: ${what}`);
      await this.look();
    }
  }

  #failure(what) {
    const lines = this.swarm.log.slice(-SHOWN).map(({ msg }) => msg);
    return new Error([what, 'The log ends with:', ...lines].join('\n'));
  }

  /** So many more jobs are done. */
  async progress(jobs) {
    const goal = Math.min(this.ledger.done + jobs, this.enqueued);
    await this.until(`${goal} jobs are done`, () => this.ledger.done >= goal);
  }

  /** Jobs of 1 ms to `longest`. */
  async enqueue(count) {
    const orders = Array.from({ length: count }, () => ({
      job: this.enqueued++,
      ms: 1 + Math.floor(this.random() * this.longest),
    }));
    for (let first = 0; first < count; first += 1000) await this.queue.enqueue(orders.slice(first, first + 1000));
  }

  /** One more job, which is done before all others. Returns its number. */
  async extra(order) {
    const job = this.enqueued++;
    await this.queue.enqueue([{ job, ...order }], { first: true });
    return job;
  }

  /** The worker in that slot, when there is one at work. */
  async worker(slot) {
    await this.until(`a worker is in slot ${slot}`, () => this.swarm.workerIn(slot) !== undefined);
    return this.swarm.workerIn(slot);
  }

  exit(pid) {
    return this.until(`worker ${pid} exits`, () => this.swarm.has('worker.exit', pid));
  }

  /** This worker was to be killed at its deadline: then that is what the status of swarm says in the end. */
  expectCut(pid) {
    const named = this.swarm.life.some(
      ({ event, reason, pid: killed }) => event === 'worker.kill' && reason === 'timeout' && killed === pid,
    );
    if (!named) throw new Error(`worker ${pid} was not named when it was cut off at its deadline`);
    this.#cuts += 1;
  }

  /** The swarm ends, with all of its processes. */
  async ended(what) {
    this.stopping = true;
    await this.until('swarm exits', () => this.swarm.hasExited);
    this.swarm.noteEnd(what, what === 'orphans' ? 'SIGKILL' : Math.min(this.#cuts, 1));
    await this.until('all of its processes are gone', () => this.swarm.processes().length === 0);
    this.stopping = false;
    this.#cuts = 0;
  }

  async restarted(what) {
    await this.ended(what);
    await this.start();
  }

  async start() {
    this.swarm.start();
    await this.until('all workers are ready', () => this.swarm.isComplete);
  }

  /** All is done, and the queue knows it. */
  async finished() {
    await this.until(`all of ${this.enqueued} jobs are done`, async () => {
      if (this.ledger.done < this.enqueued) return false;
      const { waiting, active } = await this.queue.left();
      return waiting + active === 0;
    });
    const parents = [this.swarm.pid, this.swarm.mold];
    await this.until('all zombies are buried', () => zombiesOf(parents).length === 0);
  }
}
