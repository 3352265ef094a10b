import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, groupMembers } from '../fidelity/tasks.js';
import { Control } from './control.js';
import { commandLine, innerPid, run, signal, stateOf } from './process.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APP = fileURLToPath(new URL('./app', import.meta.url));
/** Bytes of the log to keep. */
const KEPT = 16 * 1024 ** 2;
/** The size of the file system for the log, with `output: 'disk'`. */
const DISK_MB = 64;

/** Milliseconds, enough for the slowest machine. */
export const PATIENCE = 120_000;

/**
 * An isolated swarm: a copy of the package, an application, a control socket, and as root also a PID namespace, so that
 * a forged pid cannot belong to a foreign process.
 */
export class Instance {
  /** Pids, in the swarm's namespace, of processes that were paused or forged messages. */
  tampered = new Set();
  #read = { bytes: 0, text: '' };
  /** Its exit status or signal, once it has ended. */
  exit;
  #child;
  /** The pid of the supervisor. */
  pid;

  /**
   * @param {{ mode: 'fork' | 'spawn', output: 'pipe' | 'disk' | 'closed', count: number, port: number, isolated: boolean,
   *   node: string, timeouts: { stop: number, boot: number, hang: number } }} options
   */
  constructor(options) {
    Object.assign(this, options);
    this.directory = mkdtempSync(join(tmpdir(), 'swarm-abuse-'));
    this.package = join(this.directory, 'package');
    this.app = join(this.directory, 'app');
    this.disk = join(this.directory, 'disk');
    this.control = new Control(join(this.directory, 'control.sock'), options.port);
  }

  async start() {
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(join(ROOT, part), join(this.package, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.package, 'node_modules'));
    cpSync(APP, this.app, { recursive: true });
    mkdirSync(this.disk);
    if (this.output === 'disk') run('mount', '-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'swarm-abuse', this.disk);
    const command = [this.node, join(this.package, 'bin/swarm'), '-r', join(this.app, 'worker.mjs')];
    // The shell is the init of the namespace, so that the supervisor is an ordinary process there.
    const init = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', '"$@" & wait $!', 'sh'];
    const [program, ...args] = this.isolated ? [...init, ...command] : command;
    const log = this.output === 'disk' ? openSync(this.logFile, 'a') : 'pipe';
    this.#child = spawn(program, args, {
      cwd: this.app,
      detached: true,
      env: this.#environment(),
      stdio: ['ignore', log, log],
    });
    this.#child.once('exit', (code, signal) => {
      this.exit = signal ?? code;
    });
    for (const stream of this.#streams) stream.on('data', (chunk) => this.#take(chunk));
    await this.until('there is a supervisor', () => this.#findSupervisor());
    await this.until('all slots are ready', () => this.control.isComplete(this.count));
  }

  #environment() {
    const names = /^(SWARM_|NODE_|COUNT$|INDEX$|DYNO$)/;
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)));
    return {
      ...inherited,
      COUNT: String(this.count),
      SWARM_MODE: this.mode,
      SWARM_SOCKET: this.control.path,
      SWARM_LISTEN: `127.0.0.1:${this.port}`,
      SWARM_TIMEOUT: String(this.timeouts.stop),
      SWARM_BOOT_TIMEOUT: String(this.timeouts.boot),
      SWARM_HANG_TIMEOUT: String(this.timeouts.hang),
      SWARM_MAXMEM_MB: '0',
      SWARM_LOG_FORMAT: 'json',
      // With a small heap V8 collects garbage often, so memory that remains has leaked.
      NODE_OPTIONS: '--max-semi-space-size=1',
    };
  }

  get logFile() {
    return join(this.disk, 'log');
  }

  get #streams() {
    return [this.#child.stdout, this.#child.stderr].filter(Boolean);
  }

  #take(chunk) {
    this.#read.bytes += chunk.length;
    if (this.#read.text.length < KEPT) this.#read.text += chunk;
  }

  /** In a PID namespace the supervisor is a child of init. */
  #findSupervisor() {
    this.pid = groupMembers(this.#child.pid).find((pid) => /swarm supervisor/.test(commandLine(pid)));
    return this.pid !== undefined;
  }

  async until(what, condition, patience = PATIENCE) {
    const end = performance.now() + patience;
    while (!(await condition())) {
      this.check();
      if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
      await sleep(100);
    }
  }

  /** @throws {Error} if the supervisor has ended */
  check() {
    if (this.exit !== undefined) throw new Error(`the supervisor has ended with ${this.exit}`);
  }

  /** The children of the supervisor by kind, sorted by pid. */
  get children() {
    const all = childrenOf(this.pid).sort((a, b) => a - b);
    const titled = (title) => all.filter((pid) => commandLine(pid).startsWith(title));
    return {
      all,
      workers: titled('swarm worker'),
      molds: titled('swarm mold'),
      zombies: all.filter((pid) => stateOf(pid) === 'Z'),
    };
  }

  /** The pids of all its living processes. */
  get processes() {
    return groupMembers(this.#child.pid).filter((pid) => !/^(unshare|sh) /.test(commandLine(pid)));
  }

  /** Stops reading its output. */
  pauseOutput() {
    for (const stream of this.#streams) stream.pause();
  }

  resumeOutput() {
    for (const stream of this.#streams) stream.resume();
  }

  closeOutput() {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Its output so far, as far as it was read: size in bytes, and text. */
  get log() {
    if (this.output !== 'disk') return this.#read;
    return { bytes: statSync(this.logFile).size, text: readFileSync(this.logFile, 'utf8') };
  }

  /** The parsed lines of its log. */
  get events() {
    const lines = this.log.text.split('\n').filter((line) => line.startsWith('{"level"') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line));
  }

  /** Signals these processes, except those that have ended. */
  signal(pids, name) {
    const members = groupMembers(this.#child.pid);
    for (const pid of pids.filter((each) => members.includes(each))) {
      if (name === 'SIGSTOP' || name === 'SIGWINCH') this.tampered.add(innerPid(pid));
      signal(pid, name);
    }
  }

  /** Waits until all its processes have ended. */
  async ended() {
    const end = performance.now() + PATIENCE;
    while (this.exit === undefined || groupMembers(this.#child.pid).length > 0) {
      if (performance.now() > end) throw new Error('timed out waiting until all processes have ended');
      await sleep(50);
    }
  }

  close() {
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // All processes have ended.
    }
    this.control.close();
    if (this.output === 'disk') run('umount', '--lazy', this.disk);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
