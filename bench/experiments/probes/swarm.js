import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../test/support/free-port.js';

const BIN = fileURLToPath(new URL('../../../bin/swarm', import.meta.url));
const MODULE = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** A swarm of worker.mjs with SWARM_LISTEN, observed through its log. */
export class ProbedSwarm {
  ended;
  #child;
  #lines = [];
  #changes = new EventEmitter().setMaxListeners(0);
  #directory = mkdtempSync(join(tmpdir(), 'swarm-probes-'));

  static async start({ count, mode, env }) {
    return new ProbedSwarm(count, mode, env, await freePort(), await freePort());
  }

  /** Use start(). */
  constructor(count, mode, env, port, webPort) {
    Object.assign(this, { port, webPort });
    const settings = { COUNT: String(count), SWARM_MODE: mode, SWARM_LISTEN: String(port), SWARM_LOG_FORMAT: 'json' };
    this.#child = spawn(process.execPath, [BIN, '-r', MODULE], {
      env: { ...process.env, PORT: String(webPort), ...settings, BROKEN: this.#broken, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.on('exit', () => this.#child.kill('SIGKILL'));
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#lines.push(JSON.parse(line));
      this.#changes.emit('change');
    });
    this.ended = once(this.#child, 'close').then(() => rmSync(this.#directory, { recursive: true }));
  }

  /** Waits until its log has this many lines of an event. */
  async seen(event, count) {
    while (this.count(event) < count) await once(this.#changes, 'change');
  }

  count(event) {
    return this.#lines.filter((line) => line.event === event).length;
  }

  /** The pids of workers that are ready and have not exited. */
  workers() {
    const pids = (event) => this.#lines.filter((line) => line.event === event).map(({ pid }) => pid);
    const exited = new Set(pids('worker.exit'));
    return pids('worker.ready').filter((pid) => !exited.has(pid));
  }

  signal(name) {
    this.#child.kill(name);
  }

  killWorker(pid) {
    process.kill(pid, 'SIGKILL');
  }

  /** Makes workers that start from now on crash. */
  breakWorkers() {
    writeFileSync(this.#broken, '');
  }

  repairWorkers() {
    rmSync(this.#broken);
  }

  async stop() {
    this.signal('SIGTERM');
    await this.ended;
  }

  get #broken() {
    return join(this.#directory, 'broken');
  }
}
