import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFailed, onTestFinished } from 'vitest';
import { type LogLine, logIn, saidIn } from './log.ts';
import { inheritedEnvironment, kill, MARK, newMark, PATIENCE, processesMarked, untilProcesses } from './processes.ts';

export const BIN = fileURLToPath(new URL('../../bin/swarm', import.meta.url));
export const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** The Node under test. vitest itself can run on another one. */
export const NODE = process.env['SWARM_TEST_NODE'] || process.execPath;

/** The mode of swarms, unless a test sets SWARM_MODE. */
export const MODE = process.env['SWARM_TEST_MODE'] ?? 'fork';

/** The absolute path of a module of test/fixtures. */
export function fixture(name: string): string {
  return join(FIXTURES, name);
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface Options {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Another copy of bin/swarm. */
  bin?: string;
  /** Another copy of the Node under test. */
  node?: string;
  /** Options for Node. */
  flags?: readonly string[];
  /** A command that executes its arguments, such as unshare(1). */
  prefix?: readonly string[];
  /** A descriptor for its stdout, or a pipe that is not read. By default its stdout is read. */
  stdout?: number | 'unread';
  stderr?: number | 'unread';
}

/**
 * A real `bin/swarm` that runs modules of test/fixtures, observed from outside. Every wait is for a line of output or
 * an exit, never for an amount of time. It kills its processes after the test, and prints the output if the test
 * failed.
 */
export class Swarm {
  /** Everything on stdout, line by line: the log as JSON, and what workers print. */
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #changes = new EventEmitter();
  /** A value of MARK that only the processes of this swarm have. */
  readonly #mark = newMark();
  #exit: Exit | undefined;

  /** @param args the arguments of `swarm` */
  constructor(
    args: readonly string[],
    { env = {}, cwd = FIXTURES, bin = BIN, node = NODE, flags = [], prefix = [], stdout, stderr }: Options = {},
  ) {
    const [out, err] = [stdout, stderr].map((given) => (typeof given === 'number' ? given : 'pipe'));
    const [program = node, ...rest] = [...prefix, node, ...flags, bin, ...args];
    this.#child = spawn(program, rest, {
      cwd,
      env: { ...inheritedEnvironment(), ...(MODE === 'spawn' ? { SWARM_MODE: MODE } : {}), ...env, [MARK]: this.#mark },
      stdio: ['ignore', out, err],
    });
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#exit = { code, signal };
      this.#changes.emit('change');
      return this.#exit;
    });
    if (stdout !== 'unread') this.#collect(this.#child.stdout, this.lines);
    if (stderr !== 'unread') this.#collect(this.#child.stderr, this.errors);
    onTestFinished(() => this.#cleanUp());
    onTestFailed(() => {
      console.error([...this.lines, ...this.errors, `exit: ${JSON.stringify(this.#exit)}`].join('\n'));
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('swarm was not started');
    return this.#child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Signals every process of this swarm, as Heroku does. */
  signalAll(signal: NodeJS.Signals): void {
    for (const pid of this.processes()) kill(pid, signal);
  }

  /** Stops reading its stdout, as `| head` does. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  closeErrors(): void {
    this.#child.stderr?.destroy();
  }

  /** The log so far. */
  get log(): LogLine[] {
    return logIn(this.lines);
  }

  events(event: string): LogLine[] {
    return this.log.filter((line) => line.event === event);
  }

  /** The lines that fixtures printed with `say()`: "<word> <index> …". */
  said(word: string): string[] {
    return saidIn(this.lines, word);
  }

  /** Waits for `count` log lines of an event, and returns the last of them. */
  async event(event: string, count = 1): Promise<LogLine> {
    await this.until(`${count} × ${event}`, () => this.events(event).length >= count);
    return this.events(event)[count - 1] as LogLine;
  }

  async heard(word: string, count = 1): Promise<string[]> {
    await this.until(`${count} × "${word}"`, () => this.said(word).length >= count);
    return this.said(word);
  }

  /** Waits for a condition on the output. Fails if swarm exits first. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const patience = AbortSignal.timeout(PATIENCE);
    while (!condition()) {
      if (this.#exit) throw new Error(`swarm exited before: ${what}`);
      try {
        await once(this.#changes, 'change', { signal: patience });
      } catch {
        throw new Error(`timed out waiting for: ${what}`);
      }
    }
  }

  /** The pids of the living processes of this swarm, including the supervisor. */
  processes(): number[] {
    return processesMarked(this.#mark);
  }

  /** Waits until the living processes meet the condition. */
  processesAre(what: string, condition: (pids: number[]) => boolean): Promise<void> {
    return untilProcesses(what, this.#mark, condition);
  }

  gone(): Promise<void> {
    return this.processesAre('no process', (pids) => pids.length === 0);
  }

  #collect(stream: NodeJS.ReadableStream | null, lines: string[]): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      this.#changes.emit('change');
    });
  }

  async #cleanUp(): Promise<void> {
    this.signalAll('SIGKILL');
    await this.exited;
  }
}
