// Runs tests in workers of one mold, one after another, each in its own fork. The mold is swarm's. This process acts as
// its supervisor, except that it gives each worker a program.
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
/** Of the mold. */
const STATUS = 3;
/** Between two looks at a worker, milliseconds. */
const INTERVAL = 5;

const NO_FORK = { code: null, signal: 'no fork', hung: false };

const native = loadNative();
// As a supervisor does.
native.adoptOrphans();

export class Mold {
  /** Why its process cannot be forked, after `prepare()`; undefined: it can. */
  unfit;
  /** It is gone, with whatever ended it. */
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
   * @param {{ flags: string[], env: object }} test what it wants, and those after it
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
    this.unfit = message?.reason ?? `the mold ends: ${lastLine(this.#stderr())}`;
  }

  /** @returns {Promise<import('./outcome.js').End>} */
  async run(path) {
    this.#stdout();
    this.#stderr();
    const { pid, channel } = await this.#fork(path);
    const end = pid === undefined ? NO_FORK : await this.#endOf(pid);
    closeSync(channel);
    endOrphans(this.#child.pid);
    // Its output is being read at the same time.
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

  /** With all that its workers have left behind. */
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

  /** The next of these; undefined: there is none any more. */
  async #message(...types) {
    for (;;) {
      const { value } = await this.#messages.next();
      if (value === undefined) return undefined;
      const message = JSON.parse(value);
      if (types.includes(message.type)) return message;
    }
  }
}

/** Of a swarm that shares Node alone. After "--" there is nothing: the arguments are those of `node test.js`. */
function assignmentWith(execArgv) {
  const given = { nodeOptions: undefined, execArgv };
  const loading = { modules: [], given, preloads: [], preload: [], preloadApp: false, leaveOut: [] };
  const common = { mode: 'fork', args: ['--'], timeout: 25_000, heartbeat: 1000, supervisor: process.pid };
  return { ...loading, ...common };
}

/** Extra Node flags for the mold, which looks at the flags of this process. */
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
