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

/** Heroku may send TERM more than once: how long after it began to stop the dyno. Milliseconds. */
const TERMS = [0, 20, 200, 2000];

/** A dyno that is above its quota hears of it this often. Milliseconds. */
const R14_PERIOD = 20_000;

/** The room above the threshold of R15: enough to see that a process has passed it. */
const MARGIN = 17 / 16;

let counter = 0;

/** A dyno on this machine; README.md says what of it is real. */
export class Dyno {
  /** "worker.1" */
  name;
  /** @type {Log} */
  log;
  /**
   * When it has ended and nothing is left of it: the status of its first process, and Heroku's errors, such as "R12".
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
   * @param {string} [options.app] the directory that it sees as /app; what it changes there is gone with it
   * @param {string} [options.processType] of the Procfile
   * @param {string} [options.command] instead of the Procfile's
   * @param {Record<string, string>} [options.env] config vars
   * @param {string} [options.node] the Node binary that it has
   * @param {number} [options.window] seconds from TERM to KILL
   * @param {boolean} [options.slug] whether the application is a finished slug, which has Node and swarm in it
   * @param {string[]} [options.shared] directories that it sees as they are, for what a real one would reach by network
   * @throws {Error} with a sentence about what is wrong with these
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
      // In a session of its own: Ctrl-C is the simulator's affair.
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

  /** Ends it as Heroku does: TERM to every process, several times; then, when its time is up, KILL. */
  async stop() {
    if (!this.#up) return this.destroy();
    if (!this.#stopped) {
      this.#stopped = true;
      void this.#terminate();
    }
    return this.exited;
  }

  /**
   * Bytes, and the seconds that it was above its quota, as far as looking ten times a second can tell.
   *
   * @returns {{ quota: number, now: number, peak: number, secondsOver: number }}
   */
  memory() {
    this.#meter.look();
    const { now, peak, over } = this.#meter;
    return { quota: this.#type.quota, now, peak, secondsOver: over / 1000 };
  }

  /** The pids of its processes, as this machine counts. */
  processes() {
    return this.#group.processes();
  }

  /** Ends it at once, without a word. */
  async destroy() {
    // The keeper takes this for the end of the simulator.
    this.#keeper?.stdin.end();
    return this.exited;
  }

  /** The command line of its first process. On Fir that is the launcher's, which sources nothing. */
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

  /** What Heroku has to say of the memory in use. */
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
