// Runs tests one after another in workers of one mold, each in its own fork. The mold is swarm's. This process acts as
// its supervisor, except that it gives each worker a different program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../dist/native/binding.js';
import { moldFlags } from '../../dist/process/node-flags.js';
import { moldEnvironmentWith } from '../../dist/protocol/environment.js';
import { describeThreads } from '../fidelity/tasks.js';
import { killGroup, recordOf } from './group.js';
import { endOrphans } from './orphans.js';

const MOLD = fileURLToPath(new URL('../../dist/mold/main.js', import.meta.url));
/** The mold's status descriptor. */
const STATUS = 3;
/** How often to check a worker, in milliseconds. */
const INTERVAL = 5;

const NO_FORK = { code: null, signal: 'no fork', hung: false };

const native = loadNative();
// As a supervisor does.
native.adoptOrphans();

export class Mold {
  /** After `prepare()`, why the mold cannot be forked; undefined if it can. */
  unfit;
  /** Whether the mold has exited. */
  isOver = false;
  #child;
  #commands;
  #messages;
  #stdout;
  #stderr;
  #exited;
  #patience;
  #workers = 0;

  /**
   * @param {{ flags: string[], env: object }} test a test whose flags and environment the mold gets
   * @param {{ cwd: string, env: object, patience: number }} options
   */
  constructor({ flags, env }, options) {
    const [ours, theirs] = native.openChannel('messages');
    this.#child = spawn(process.execPath, [...ownFlags(flags), ...flags, MOLD], {
      cwd: options.cwd,
      detached: true,
      env: moldEnvironmentWith(assignmentWith(flags), { ...options.env, ...env }),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', theirs],
    });
    closeSync(theirs);
    this.#commands = ours;
    this.#patience = options.patience;
    this.#stdout = recordOf(this.#child.stdout);
    this.#stderr = recordOf(this.#child.stderr);
    this.#messages = createInterface({ input: this.#child.stdio[STATUS] })[Symbol.asyncIterator]();
    this.#exited = once(this.#child, 'exit').then(() => {
      this.isOver = true;
    });
  }

  async prepare() {
    const message = await this.#message('preloaded', 'unfit');
    if (message?.type === 'preloaded') return;
    await this.#exited;
    this.unfit = message?.reason ?? `the mold ended: ${lastLine(this.#stderr())}`;
  }

  /** @returns {Promise<import('./outcome.js').End>} */
  async run(path) {
    this.#stdout();
    this.#stderr();
    const { pid, channel } = await this.#fork(path);
    const end = pid === undefined ? NO_FORK : await this.#endOf(pid);
    closeSync(channel);
    endOrphans(this.#child.pid);
    // Let the last output arrive.
    await wait(INTERVAL);
    return { ...end, stdout: this.#stdout(), stderr: this.#stderr() + (end.threads ?? '') };
  }

  async #endOf(pid) {
    let threads = '';
    const deadline = performance.now() + this.#patience;
    let end = native.reap(pid);
    while (!end) {
      if (threads === '' && performance.now() > deadline) {
        threads = describeThreads(pid);
        process.kill(pid, 'SIGKILL');
      }
      await wait(INTERVAL);
      end = native.reap(pid);
    }
    return { ...end, hung: threads !== '', threads };
  }

  /** Ends the mold, and everything that its workers have left behind. */
  async end() {
    if (!this.isOver) killGroup(this.#child.pid);
    await this.#exited;
    closeSync(this.#commands);
  }

  async #fork(path) {
    this.#workers += 1;
    const [ours, theirs] = native.openChannel('stream');
    try {
      const command = {
        workerId: this.#workers,
        slot: 0,
        index: 0,
        count: 1,
        generation: 1,
        modules: [path],
      };
      native.sendMessage(this.#commands, JSON.stringify(command), theirs);
    } finally {
      closeSync(theirs);
    }
    const message = await this.#message('forked', 'fork-failed');
    return { pid: message?.pid, channel: ours };
  }

  /** Waits for the next message of these types; undefined at the end. */
  async #message(...types) {
    for (;;) {
      const { value } = await this.#messages.next();
      if (value === undefined) return undefined;
      const message = JSON.parse(value);
      if (types.includes(message.type)) return message;
    }
  }
}

/** The assignment of a swarm that shares only Node. Nothing follows "--": tests get the arguments of `node test.js`. */
function assignmentWith(execArgv) {
  const given = { nodeOptions: undefined, execArgv };
  const loading = { modules: [], given, preloads: [], preload: [], preloadApp: false, leaveOut: [] };
  const common = { mode: 'fork', args: ['--'], timeout: 25_000, heartbeat: 1000, supervisor: process.pid };
  return { ...loading, ...common };
}

/** Returns extra Node flags for the mold. moldFlags() reads the flags of this process. */
function ownFlags(given) {
  const { execArgv } = process;
  process.execArgv = given;
  try {
    return moldFlags();
  } finally {
    process.execArgv = execArgv;
  }
}

function lastLine(text) {
  return text.trim().split('\n').at(-1);
}
