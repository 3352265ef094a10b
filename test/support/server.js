import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** For a slow machine. Milliseconds. */
const PATIENCE = 45_000;

/**
 * @typedef {object} Command
 * @property {string} name what it is called in an error
 * @property {string} file
 * @property {readonly string[]} args
 * @property {string} directory its data and everything else that it writes: removed with it
 * @property {RegExp} ready the line that it prints when clients can connect
 * @property {NodeJS.Signals} stop ends it without waiting for its clients, and keeps its data
 * @property {NodeJS.Signals} orphaned sent to it when its parent dies
 * @property {{ uid: number, gid: number }} [user] the user that it runs as, if not this one
 */

/**
 * A server of a test's own. The caller of start() must call stop(). If this process dies first, the kernel ends the
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
          // Later ones are read as well, so that the pipe does not fill.
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
   * Ends the process and keeps its data: clients see it go, until start().
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
   * Again at the same place, with the same data.
   *
   * @param {NodeJS.Signals} [signal] SIGKILL is a crash
   */
  async restart(signal) {
    await this.halt(signal);
    await this.start();
  }

  /** Ends it, and removes its data. */
  async stop() {
    await this.halt();
    await rm(this.#command.directory, { recursive: true, force: true });
  }
}

/** Has the kernel end it when the process dies that starts it: a test that is killed leaves no server behind. */
function withParent({ file, args, orphaned, user }) {
  if (process.platform !== 'linux') return [file, [...args]];
  const identity = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return ['setpriv', [`--pdeathsig=${orphaned.slice(3)}`, ...identity, '--', file, ...args]];
}
