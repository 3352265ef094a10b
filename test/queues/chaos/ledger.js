import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, now } from './processes.js';

/**
 * One attempt of a process at a job.
 *
 * @typedef {object} Run
 * @property {number} pid
 * @property {number} job
 * @property {number} since when the process got the job, in microseconds on the clock that all processes share
 * @property {number} begin
 * @property {number | undefined} end when the job was done
 * @property {number | undefined} acknowledged when the queue was found to have recorded that
 * @property {string | undefined} token
 * @property {string | undefined} worker
 */

/** Reads what record.js writes, while it writes, and notes what the queue has recorded. */
export class Ledger {
  /** @type {Map<number, Run[]>} runs by job, in the order in which they were read */
  runs = new Map();
  /** The number of jobs done at least once. */
  done = 0;
  /** @type {Map<string, Set<number>>} pids by the name that the queue gave them */
  names = new Map();
  /** Runs that have ended, and that the queue has not recorded. */
  #unacknowledged = new Set();
  /** @type {Map<string, { pid: number, file: number, offset: number, rest: string, runs: Map<number, Run> }>} */
  #files = new Map();
  #directory;

  constructor(directory) {
    this.#directory = directory;
  }

  /** Reads new files and lines. */
  read() {
    for (const name of readdirSync(this.#directory)) if (!this.#files.has(name)) this.#open(name);
    for (const file of this.#files.values()) if (file.file >= 0) this.#advance(file);
  }

  /** The pids of processes that wrote to the ledger and have ended. */
  get ended() {
    return [...this.#files.values()].filter(({ file }) => file < 0).map(({ pid }) => pid);
  }

  /** The jobs that are done without the queue having recorded it, as far as is known. */
  get unacknowledged() {
    return [...new Set([...this.#unacknowledged].map(({ job }) => job))];
  }

  /** Notes that the queue has recorded the end of these jobs. */
  acknowledge(jobs) {
    const at = now();
    const recorded = new Set(jobs);
    for (const run of this.#unacknowledged) {
      if (!recorded.has(run.job)) continue;
      run.acknowledged = at;
      this.#unacknowledged.delete(run);
    }
  }

  runsOf(job) {
    return this.runs.get(job) ?? [];
  }

  /** The names that the queue gave these processes. */
  namesOf(pids) {
    return [...this.names].filter(([, owners]) => [...owners].some((pid) => pids.includes(pid))).map(([name]) => name);
  }

  #open(name) {
    const pid = Number(name.split('-')[0]);
    const file = openSync(join(this.#directory, name), 'r');
    this.#files.set(name, { pid, file, offset: 0, rest: '', runs: new Map() });
  }

  #advance(file) {
    // Before the read: if the process has ended, everything it wrote can now be read.
    const last = hasEnded(file.pid);
    const size = fstatSync(file.file).size;
    if (size > file.offset) {
      const bytes = Buffer.alloc(size - file.offset);
      file.offset += readSync(file.file, bytes, 0, bytes.length, file.offset);
      const lines = (file.rest + bytes.toString()).split('\n');
      file.rest = lines.pop() ?? '';
      for (const line of lines) this.#take(file, JSON.parse(line));
    }
    if (!last) return;
    closeSync(file.file);
    file.file = -1;
  }

  #take({ pid, runs }, { is, at, run, job, token, worker, since = at }) {
    if (is === 'worker') this.#name(worker, pid);
    if (is === 'begin') {
      const begun = { pid, job, since, begin: at, end: undefined, acknowledged: undefined, token, worker };
      runs.set(run, begun);
      this.runs.set(job, [...this.runsOf(job), begun]);
      if (worker) this.#name(worker, pid);
    }
    const known = runs.get(run);
    if (is === 'end' && known) {
      if (!this.runsOf(known.job).some(({ end }) => end !== undefined)) this.done += 1;
      known.end = at;
      this.#unacknowledged.add(known);
    }
  }

  #name(name, pid) {
    this.names.set(name, (this.names.get(name) ?? new Set()).add(pid));
  }
}
