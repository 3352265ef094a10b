import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Assignment, InheritedPort, MoldAssignment } from '../protocol/assignment.ts';
import { COMMAND_FD, readMessages, STATUS_FD } from '../protocol/channel.ts';
import { moldEnvironmentWith } from '../protocol/environment.ts';
import type { Failure, Message } from '../protocol/messages.ts';
import { type HeapLimits, heapFlags, moldFlags, nodeFlags } from './node-flags.ts';
import type { SharedPort } from './shared-port.ts';
import type { Exit, Order } from './spawner.ts';

const MOLD = fileURLToPath(new URL('../mold/main.js', import.meta.url));

/** What became of a mold that was to preload. */
export type Outcome =
  | { type: 'preloaded'; packages: number; milliseconds: number; bytes: number }
  | { type: 'spoiled'; packages: readonly string[] }
  | { type: 'preload-failed'; failure: Failure }
  | { type: 'unfit'; reason: string }
  /** `preloading`: what it was loading when it ended. */
  | { type: 'exited'; exit: Exit; preloading: string | undefined };

/** The handle of one mold process. Not execa: its memory would be paid for in every swarm, and is only needed to spawn. */
export class Mold {
  /** What its preloading came to. Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Resolves when it is gone and all that it said has been read. */
  readonly exited: Promise<Exit>;
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  readonly #commands: Writable;
  readonly #modules: readonly string[];
  readonly #port: InheritedPort | undefined;

  /**
   * @param directory the working directory
   * @param heap for V8, which takes limits only now: those of its workers are the same
   * @param onMessage is given what this mold and its workers say, until the last of them has gone
   * @param port its copies have what it has inherited
   */
  constructor(
    assignment: MoldAssignment,
    directory: string,
    heap: HeapLimits,
    onMessage: (message: Message) => void,
    port: SharedPort | undefined,
  ) {
    this.#modules = assignment.modules;
    this.#port = port?.inheritedAt(COMMAND_FD + 1);
    this.#child = spawn(process.execPath, [...moldFlags(), ...heapFlags(heap), ...nodeFlags(), MOLD], {
      cwd: directory,
      env: moldEnvironmentWith(assignment, process.env),
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe', ...(port?.stdio ?? [])],
    });
    this.pid = this.#child.pid;
    this.exited = this.#exit();
    this.#commands = this.#child.stdio[COMMAND_FD] as Writable;
    // EPIPE: it is gone, which its exit tells.
    this.#commands.on('error', () => {});
    this.outcome = new Promise((resolve) => {
      let preloading: string | undefined;
      readMessages(this.#child.stdio[STATUS_FD] as Duplex, (message) => {
        if (isOutcome(message)) resolve(message);
        if (message.type === 'preloading') preloading = message.package;
        onMessage(message);
      });
      void this.exited.then((exit) => resolve({ type: 'exited', exit, preloading }));
    });
  }

  /** Leads to a message `forked` or `fork-failed`, unless the mold dies before. */
  fork(order: Order): void {
    const port = this.#port;
    const assignment: Assignment = { ...order, modules: this.#modules, ...(port && { port }) };
    this.#commands.write(`${JSON.stringify(assignment)}\n`);
  }

  /** It leaves when it has read all its commands. */
  close(): void {
    this.#commands.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #exit(): Promise<Exit> {
    return new Promise((resolve) => {
      this.#child.once('error', ({ message }) => {
        console.error(message);
        resolve({ code: 1, signal: null });
      });
      // What it said last may be unread still: see ExecSpawner.
      this.#child.once('exit', (code, signal) => {
        setImmediate(() => setImmediate(() => resolve({ code, signal })));
      });
    });
  }
}

function isOutcome(message: Message): message is Exclude<Outcome, { type: 'exited' }> & Message {
  switch (message.type) {
    case 'preloaded':
    case 'spoiled':
    case 'preload-failed':
    case 'unfit':
      return true;
    default:
      return false;
  }
}
