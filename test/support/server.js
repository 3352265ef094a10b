import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** Milliseconds, enough for a slow machine. */
const PATIENCE = 45_000;

/**
 * @typedef {object} Command
 * @property {string} name its name in errors
 * @property {string} file
 * @property {readonly string[]} args
 * @property {string} directory the directory of everything that it writes; stop() removes it
 * @property {RegExp} ready matches the line that it prints when clients can connect
 * @property {NodeJS.Signals} stop the signal that ends it without waiting for clients, and keeps its data
 * @property {NodeJS.Signals} orphaned the signal that it gets when its parent dies
 * @property {{ uid: number, gid: number }} [user] the user to run as, if not the current one
 */

/**
 * A server for one test. The caller of start() must call stop(). If this process dies first, the kernel signals the
 * server.
 */
export class Server {
  #command;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;

  /** @param {Command} command */
  constructor(command) {
    this.#command = command;
  }

  /** @returns {number} */
  get pid() {
    if (this.#child?.pid === undefined) throw new Error(`${this.#command.name} is not running`);
    return this.#child.pid;
  }

  /** Resolves when clients can connect. */
  async start() {
    const { name, directory, ready } = this.#command;
    const [file, args] = withParent(this.#command);
    const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const output = [];
    await new Promise((resolve, reject) => {
      const fail = (what) => {
        clearTimeout(patience);
        reject(new Error([`${name} ${what}`, ...output].join('\n')));
      };
      const patience = setTimeout(fail, PATIENCE, 'was not ready in time');
      child.once('error', (error) => fail(`could not be started: ${error.message}`));
      child.once('close', (code, signal) => fail(`ended with ${signal ?? `status ${code}`}`));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          // Later lines are also read, so that the pipe does not fill.
          if (output.length < 100) output.push(line);
          if (!ready.test(line)) return;
          clearTimeout(patience);
          resolve();
        });
      }
    }).catch(async (error) => {
      await this.halt('SIGKILL');
      throw error;
    });
  }

  /**
   * Ends the process and keeps its data. Clients lose their server until start().
   *
   * @param {NodeJS.Signals} [signal]
   */
  async halt(signal = this.#command.stop) {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /**
   * Restarts the server at the same address, with the same data.
   *
   * @param {NodeJS.Signals} [signal] SIGKILL is a crash
   */
  async restart(signal) {
    await this.halt(signal);
    await this.start();
  }

  /** Ends the server, and removes its data. */
  async stop() {
    await this.halt();
    await rm(this.#command.directory, { recursive: true, force: true });
  }
}

/** Wraps the command so that the kernel ends the server when this process dies: a killed test leaves no server. */
function withParent({ file, args, orphaned, user }) {
  if (process.platform !== 'linux') return [file, [...args]];
  const identity = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return ['setpriv', [`--pdeathsig=${orphaned.slice(3)}`, ...identity, '--', file, ...args]];
}
