import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.js';
import { MemoryGroup, memoryHierarchy } from '../support/memory-group.js';
import { dynoEnvironment, dynoName } from './environment.js';
import { cannotSimulate } from './host.js';
import { Log } from './log.js';
import { MemoryMeter } from './memory-meter.js';
import { procfileCommand } from './slug.js';
import { dynoType } from './types.js';

const SWARM = fileURLToPath(new URL('../../', import.meta.url));
const SHELL = fileURLToPath(new URL('shell/', import.meta.url));
const KEEPER = `${SHELL}keeper.sh`;
const BOOT = readFileSync(`${SHELL}boot.sh`, 'utf8');

const MB = 1024 ** 2;

/** Delays of TERM after the stop begins, in milliseconds: Heroku can send it more than once. */
const TERMS = [0, 20, 200, 2000];

/** The interval between R14 errors, in milliseconds. */
const R14_PERIOD = 20_000;

/** The memory limit relative to the R15 threshold: enough to notice that a process has passed the threshold. */
const MARGIN = 17 / 16;

let counter = 0;

/** A simulated dyno. README.md says what is real. */
export class Dyno {
  /** "worker.1" */
  name;
  /** @type {Log} */
  log;
  /**
   * Resolves when it has ended and is cleaned up, with the status of its first process and Heroku's errors, such as
   * "R12".
   *
   * @type {Promise<{ status: number, errors: string[] }>}
   */
  exited;
  #type;
  #app;
  #command;
  #processType;
  #env;
  #node;
  #window;
  #shared;
  #slug;
  #group;
  #meter;
  #keeper;
  #errors = new Set();
  #up = false;
  #stopped;
  #toldOfQuota = -Infinity;

  /**
   * @param {object} options
   * @param {string} options.type such as "standard-1x"
   * @param {string} [options.app] the directory that it sees as /app; its changes there are discarded
   * @param {string} [options.processType] the process type in the Procfile
   * @param {string} [options.command] replaces the Procfile's command
   * @param {Record<string, string>} [options.env] config vars
   * @param {string} [options.node] its Node binary
   * @param {number} [options.window] seconds from TERM to KILL
   * @param {boolean} [options.slug] whether the application is a finished slug, which contains Node and swarm
   * @param {string[]} [options.shared] host directories that it sees, for what a real dyno would reach over the network
   * @throws {Error} with a sentence about an invalid option
   */
  constructor({
    type,
    app = process.cwd(),
    processType = 'worker',
    command,
    env = {},
    node = process.execPath,
    window = 30,
    shared = [],
    slug = false,
  }) {
    const fault = cannotSimulate();
    if (fault) throw new Error(fault);
    this.#type = dynoType(type);
    this.#app = realpathSync(app);
    this.#processType = processType;
    this.#command = command ?? procfileCommand(app, processType);
    this.#env = env;
    this.#node = realpathSync(node);
    this.#window = window;
    this.#shared = shared.map((directory) => realpathSync(directory));
    this.#slug = slug;
    this.name = dynoName(this.#type.generation, processType);
    this.log = new Log(this.name);
    this.#group = new MemoryGroup(memoryHierarchy(), `swarm-dyno-${process.pid}-${counter++}`);
    this.#meter = new MemoryMeter(
      () => this.#group.used(),
      this.#type.quota,
      () => this.#judge(),
    );
  }

  /** Resolves when its first process runs. */
  async start() {
    const port = this.#processType === 'web' ? await freePort() : undefined;
    this.#say(`Starting process with command \`${this.#command}\``);
    this.#keeper = spawn(KEEPER, this.#leader(port), {
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C',
        TMPDIR: tmpdir(),
        ...this.#description(),
      },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      // In a new session, so that only the simulator gets Ctrl-C.
      detached: true,
    });
    this.#keeper.stdin.on('error', () => {});
    const [, stdout, stderr, report] = this.#keeper.stdio;
    for (const input of [stdout, stderr]) {
      createInterface({ input }).on('line', (text) => this.log.append('app', text));
    }
    this.exited = once(this.#keeper, 'close').then(([status]) => this.#end(status));

    await Promise.race([once(report, 'data').then(() => this.#isUp()), this.exited]);
    if (!this.#up) throw new Error(`The dyno could not be set up:\n${this.log}`);
  }

  /** Stops it as Heroku does: TERM to every process, several times, and KILL at the end of the window. */
  async stop() {
    if (!this.#up) return this.destroy();
    if (!this.#stopped) {
      this.#stopped = true;
      void this.#terminate();
    }
    return this.exited;
  }

  /**
   * Memory in bytes, and the seconds above the quota, as sampled ten times a second.
   *
   * @returns {{ quota: number, now: number, peak: number, secondsOver: number }}
   */
  memory() {
    this.#meter.look();
    const { now, peak, over } = this.#meter;
    return { quota: this.#type.quota, now, peak, secondsOver: over / 1000 };
  }

  /** The pids of its processes, outside its PID namespace. */
  processes() {
    return this.#group.processes();
  }

  /** Kills it immediately, without log lines. */
  async destroy() {
    // The keeper treats this as the end of the simulator.
    this.#keeper?.stdin.end();
    return this.exited;
  }

  /** The command line of its first process. Fir's launcher sources no profile. */
  #leader(port) {
    const environment = Object.entries(dynoEnvironment(this.name, port, this.#env, this.#slug));
    const variables = environment.map(([name, value]) => `${name}=${value}`);
    const shell = this.#type.generation === 'fir' ? [this.#command] : [BOOT, 'bash', this.#command];
    return ['env', '--ignore-environment', '--chdir=/app', ...variables, '/bin/bash', '-c', ...shell];
  }

  #description() {
    const { generation, quota, limit, cpus, cpuMax, processes } = this.#type;
    return {
      APP: this.#app,
      NODE: this.#slug ? '' : this.#node,
      SWARM,
      SHARED: this.#shared.join(':'),
      GROUP: this.#group.path,
      QUOTA: String(quota),
      LIMIT: String(Math.ceil(limit * MARGIN)),
      SHAPE: generation,
      CPUS: String(cpus),
      CPU_MAX: cpuMax ?? 'max',
      PROCESSES: String(processes ?? ''),
    };
  }

  #isUp() {
    this.#up = true;
    this.#say('State changed from starting to up');
    this.#meter.start();
  }

  async #terminate() {
    this.#say('Stopping all processes with SIGTERM');
    const terms = TERMS.map((delay) => setTimeout(() => this.#group.signal('SIGTERM'), delay));
    const late = setTimeout(() => {
      this.#error(
        'R12',
        `(Exit timeout) -> At least one process failed to exit within ${this.#window} seconds of SIGTERM`,
      );
      this.#say('Stopping remaining processes with SIGKILL');
      this.#group.signal('SIGKILL');
    }, this.#window * 1000);
    await this.exited;
    for (const timer of [...terms, late]) clearTimeout(timer);
  }

  /** Applies Heroku's rules to the memory in use. */
  #judge() {
    const { now } = this.#meter;
    const { quota, limit } = this.#type;
    if (this.#errors.has('R15')) return;
    if (now >= limit) {
      this.#sayMemory();
      this.#error('R15', '(Memory quota vastly exceeded)');
      this.#say('Stopping process with SIGKILL');
      this.#group.signal('SIGKILL');
    } else if (now > quota && performance.now() - this.#toldOfQuota >= R14_PERIOD) {
      this.#toldOfQuota = performance.now();
      this.#sayMemory();
      this.#error('R14', '(Memory quota exceeded)');
    }
  }

  #end(status) {
    this.#meter.stop();
    if (this.#up) {
      this.#say(`Process exited with status ${status}`);
      this.#say(`State changed from up to ${this.#stopped ? 'down' : 'crashed'}`);
    }
    this.log.end();
    return { status, errors: [...this.#errors] };
  }

  #say(text) {
    this.log.append('heroku', text);
  }

  #sayMemory() {
    const { now } = this.#meter;
    this.#say(`Process running mem=${Math.round(now / MB)}M(${((100 * now) / this.#type.quota).toFixed(1)}%)`);
  }

  #error(code, text) {
    this.#errors.add(code);
    this.#say(`Error ${code} ${text}`);
  }
}
