// The supervisor of this experiment. It starts a mold and its workers, and makes a worker the next mold.
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadNative } from '../../../dist/native/binding.js';
import { moldFlags } from '../../../dist/process/node-flags.js';
import { STATUS_FD } from '../../../dist/protocol/channel.js';
import { moldEnvironmentWith } from '../../../dist/protocol/environment.js';
import { WorkerLink } from '../../measure/worker-link.js';

const MOLD = join(import.meta.dirname, 'mold.js');
/** The maximum number of generations: one more than the number of promotions. */
const GENERATIONS = 8;
const PATIENCE = 30_000;

const native = loadNative();
// The io_uring ring of a copy is in anonymous memory, where a copy of the copy cannot find it: see ../refork.md.
native.forbidRings();

export class Driver {
  /** The mold and the living workers: { pid, told }. */
  mold;
  workers = [];
  #generation = 1;
  #serial = 0;
  #commands = [];
  #links = new Map();
  #server;
  #output = [];

  /** @param options { node, directory, module, environment } */
  async boot({ node, directory, module, environment }) {
    const socket = join(directory, 'refork.sock');
    this.#server = createServer((connection) => void this.#accept(connection)).listen(socket);
    const assignment = {
      modules: [module],
      args: [],
      preload: 'auto',
      preloadApp: true,
      given: { execArgv: [] },
      preloads: [],
      leaveOut: [],
      bootTimeout: 60_000,
      mode: 'fork',
      timeout: 25_000,
      heartbeat: 5000,
      supervisor: process.pid,
    };
    const pairs = Array.from({ length: GENERATIONS }, () => native.openChannel('messages'));
    this.#commands = pairs.map(([own]) => own);
    const variables = { PATH: process.env.PATH, NODE_ENV: 'production', BENCH_SOCKET: socket, ...environment };
    const child = spawn(node, [...moldFlags(), MOLD], {
      cwd: join(import.meta.dirname, '../..'),
      env: moldEnvironmentWith(assignment, variables),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...pairs.map(([, theirs]) => theirs)],
    });
    for (const [, theirs] of pairs) closeSync(theirs);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#output.push(line));
    }
    this.mold = { pid: child.pid, told: told(child.stdio[STATUS_FD]) };
    await this.#hear(this.mold, 'template');
  }

  /** The output of its processes. */
  get output() {
    return this.#output;
  }

  /** Forks this many workers, one after another. @returns the milliseconds of each fork, and until each was ready */
  async fork(count) {
    const times = [];
    for (let slot = 0; slot < count; slot += 1) {
      const start = performance.now();
      const [own, theirs] = native.openChannel('stream');
      const order = { workerId: ++this.#serial, slot, index: slot, count, generation: this.#generation };
      native.sendMessage(this.#commands[this.#generation - 1], JSON.stringify(order), theirs);
      closeSync(theirs);
      const worker = { told: told(new Socket({ fd: own })) };
      const { pid, ms } = await this.#hear(this.mold, 'forked');
      worker.pid = pid;
      await this.#hear(worker, 'ready');
      times.push({ fork: ms, ready: performance.now() - start });
      this.workers.push(worker);
    }
    return times;
  }

  /** Sends a request to the application in these workers. @returns their answers */
  async ask(command, options, workers = this.workers) {
    return Promise.all(
      workers.map(async ({ pid }) => {
        while (!this.#links.has(pid)) await sleep(5);
        return this.#links.get(pid).ask({ command, ...options });
      }),
    );
  }

  /**
   * Stops a worker, which becomes the mold of all later workers. Ends the previous mold and all other workers.
   *
   * @param options `gently`: the other workers also drain; `meanwhile`: called while there are two molds
   * @returns { refused } or { times, unseen }, with `drain`, milliseconds from TERM until the worker has drained
   */
  async promote(worker = this.workers[0], { gently = false, meanwhile = () => {} } = {}) {
    const others = this.workers.filter((other) => other !== worker);
    const start = performance.now();
    for (const { pid } of gently ? this.workers : [worker]) process.kill(pid, 'SIGTERM');
    const answer = await this.#hear(worker, 'template', 'refused');
    const all = performance.now() - start;
    meanwhile();
    for (const other of others) {
      // It has drained when it reports that it could become a mold.
      if (gently) await this.#hear(other, 'template', 'refused');
      await end(other.pid);
    }
    this.workers = [];
    if (answer.type === 'refused') {
      await end(worker.pid);
      return { refused: answer.left };
    }
    closeSync(this.#commands[this.#generation - 1]);
    this.#commands[this.#generation - 1] = undefined;
    this.#generation += 1;
    this.mold = worker;
    const { times } = answer;
    const spent = Object.values(times).reduce((sum, time) => sum + time);
    return { times: { drain: all - spent, ...times, all }, unseen: answer.unseen };
  }

  async end() {
    for (const { pid } of [...this.workers, this.mold]) if (pid) await end(pid);
    for (const fd of this.#commands) if (fd !== undefined) closeSync(fd);
    this.#server.close();
  }

  async #accept(connection) {
    const link = new WorkerLink(connection);
    const { pid } = (await link.next()) ?? {};
    if (pid) this.#links.set(pid, link);
    connection.on('close', () => this.#links.delete(pid));
  }

  async #hear({ told }, ...types) {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const found = told.findIndex(({ type }) => [...types, 'failed'].includes(type));
      if (found >= 0) {
        const message = told.splice(0, found + 1).at(-1);
        if (message.type === 'failed') throw new Error(message.failure.stack);
        return message;
      }
      if (performance.now() > deadline) {
        throw new Error(`no message ${types} in time, only ${JSON.stringify(told)}\n${this.#output.join('\n')}`);
      }
      await sleep(1);
    }
  }
}

/** Collects the messages that arrive on a status channel, in order. */
function told(stream) {
  const messages = [];
  createInterface({ input: stream }).on('line', (line) => messages.push(JSON.parse(line)));
  stream.on('error', () => {});
  return messages;
}

/** Kills and reaps a child that Node did not start. */
async function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
    while (!native.reap(pid)) await sleep(1);
  } catch {
    // Node has reaped it: it was the first mold.
  }
}
