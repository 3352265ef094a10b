import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PATIENCE } from './processes.ts';

export interface Command {
  /** What it is called in an error. */
  name: string;
  file: string;
  args: readonly string[];
  /** Its data and all else it writes: removed with it. */
  directory: string;
  /** The line that it prints when clients can connect. */
  ready: RegExp;
  /** What it ends by without waiting for its clients, its data kept. */
  stop: NodeJS.Signals;
  /** What it gets when whoever started it dies. */
  orphaned: NodeJS.Signals;
  /** The user that it is to run as, where that is not this one. */
  user?: { uid: number; gid: number } | undefined;
}

/** A server of a test's own. Whoever starts one calls stop(). If that process dies before, the kernel ends the server. */
export class Server {
  readonly #command: Command;
  #child: ChildProcess | undefined;

  constructor(command: Command) {
    this.#command = command;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.#command.name} is not running`);
    return this.#child.pid;
  }

  /** Resolves when clients can connect. */
  async start(): Promise<void> {
    const { name, directory, ready } = this.#command;
    const [file, args] = withParent(this.#command);
    const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const output: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string) => reject(new Error([`${name} ${what}`, ...output].join('\n')));
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

  /** Ends the process and keeps its data: clients see it go, until start(). */
  async halt(signal: NodeJS.Signals = this.#command.stop): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Again at the same place, with the same data. @param signal SIGKILL is a crash */
  async restart(signal?: NodeJS.Signals): Promise<void> {
    await this.halt(signal);
    await this.start();
  }

  /** Ends it, and removes its data. */
  async stop(): Promise<void> {
    await this.halt();
    await rm(this.#command.directory, { recursive: true, force: true });
  }
}

/** Has the kernel end it when the process dies that starts it: a test that is killed leaves no server behind. */
function withParent({ file, args, orphaned, user }: Command): [string, string[]] {
  if (process.platform !== 'linux') return [file, [...args]];
  const identity = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return ['setpriv', [`--pdeathsig=${orphaned.slice(3)}`, ...identity, '--', file, ...args]];
}
