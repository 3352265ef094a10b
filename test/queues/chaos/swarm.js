import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { childTitled, now, processesWith, signal } from './processes.js';

const BIN = fileURLToPath(new URL('../../../bin/swarm', import.meta.url));
const MARK = 'SWARM_CHAOS_MARK';
/** Microseconds. */
const SECOND = 1_000_000;

/** A swarm as its log describes it. Its supervisor can be started several times. */
export class Swarm {
  /** @type {{ at: number, event: string, level: string, worker?: number, pid?: number, msg: string }[]} the log of all supervisors */
  log = [];
  /** The exit of each supervisor, with the expected status. */
  ends = [];
  #child;
  #exit;
  #begun = 0;
  #options;
  #mark = `${process.pid}.${now()}`;

  /**
   * @param {{ module: string, beside?: string[], env: object, count: number, errors: number }} options
   *   `beside`: other modules that each worker loads; `errors`: the file descriptor for stderr
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    const { module, beside = [], env, errors, count } = this.#options;
    const names = /^(SWARM_|NODE_|COUNT$|INDEX$|DYNO$)/;
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)));
    this.#begun = this.log.length;
    this.#child = spawn(process.execPath, [BIN, ...[module, ...beside].flatMap((each) => ['-r', each])], {
      env: { ...inherited, ...env, COUNT: String(count), SWARM_LOG_FORMAT: 'json', [MARK]: this.#mark },
      stdio: ['ignore', 'pipe', errors],
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.startsWith('{"level"')) this.log.push({ at: now(), ...JSON.parse(line) });
    });
    this.#exit = undefined;
    // 'close' means that the last line of the log has been read.
    once(this.#child, 'close').then(([code, by]) => {
      this.#exit = { code, by };
    });
  }

  get pid() {
    return this.#child.pid;
  }

  get hasExited() {
    return this.#exit !== undefined;
  }

  /** The log of the current supervisor. */
  get life() {
    return this.log.slice(this.#begun);
  }

  /** @param {string} what it was told to do; `expected`: the exit status or signal that must follow */
  noteEnd(what, expected) {
    const { code, by } = this.#exit;
    const killed = this.life.filter(({ event }) => event === 'worker.kill').map(({ msg }) => msg);
    this.ends.push({ what, expected, got: by ?? code, killed });
  }

  /** Whether quiet was requested, and no worker takes new work. A slot that is empty then stays empty. */
  get isQuiet() {
    const asked = this.life.some(({ event }) => event === 'quiet');
    return asked && this.#after('worker.start', ['worker.quiet', 'worker.stop', 'worker.exit']).length === 0;
  }

  /** The active workers: ready, and not quiet, stopping or exited. */
  get working() {
    return this.#after('worker.ready', ['worker.quiet', 'worker.stop', 'worker.exit']);
  }

  /** The pid of the active worker in this slot, the newer one if there are two. */
  workerIn(slot) {
    return this.working.filter(({ worker }) => worker === slot).at(-1)?.pid;
  }

  /** Whether an active worker has been ready for a second. Without one, swarm gives up if all workers fail. */
  get isProven() {
    return this.working.some(({ at }) => now() - at > SECOND);
  }

  /** Whether all slots are filled. */
  get isComplete() {
    return new Set(this.working.map(({ worker }) => worker)).size === this.#options.count;
  }

  has(event, pid) {
    return this.life.some((line) => line.event === event && line.pid === pid);
  }

  get mold() {
    return childTitled(this.pid, 'swarm mold');
  }

  signal(name) {
    signal(this.pid, name);
  }

  /** Signals every process of this swarm, as Heroku does. */
  signalAll(name) {
    for (const pid of this.processes()) signal(pid, name);
  }

  processes() {
    return processesWith(`${MARK}=${this.#mark}`);
  }

  #after(begin, ends) {
    const gone = new Set(this.life.filter(({ event }) => ends.includes(event)).map(({ pid }) => pid));
    return this.life.filter(({ event, pid }) => event === begin && !gone.has(pid));
  }
}
