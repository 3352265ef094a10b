import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Native } from '../native/binding.ts';
import type { ForkCommand, InheritedPort, MoldAssignment, Order } from '../protocol/assignment.ts';
import { COMMAND_FD, readMessages, STATUS_FD } from '../protocol/channel.ts';
import { moldEnvironmentWith } from '../protocol/environment.ts';
import type { NodeOptions } from '../protocol/invocation.ts';
import { type Failure, isWorkerMessage, type MoldMessage, type Preloaded, WARM_UP } from '../protocol/messages.ts';
import { throttle } from '../protocol/throttle.ts';
import { onExit, startNode } from './node.ts';
import { type HeapLimits, moldProcess } from './node-flags.ts';
import type { SharedPort } from './shared-port.ts';
import type { Exit } from './spawner.ts';
import { WarmUpDeadline } from './warm-up-deadline.ts';

const MOLD = fileURLToPath(new URL('../mold/main.js', import.meta.url));

/** The outcome of a mold's preloading. */
export type MoldOutcome =
  | ({ type: 'preloaded' } & Preloaded)
  | { type: 'spoiled'; packages: readonly string[] }
  | { type: 'cold'; reason: string }
  | { type: 'preload-failed'; failure: Failure }
  | { type: 'unfit'; reason: string }
  /** The process could not be started. */
  | { type: 'not-started'; reason: string }
  /** `preloading`: what it was loading when it exited. */
  | { type: 'exited'; exit: Exit; preloading: string | undefined };

interface Options {
  native: Native;
  assignment: MoldAssignment;
  /** The working directory. */
  directory: string;
  /** Node options, without the preloads that the mold loads itself. */
  options: NodeOptions;
  /** V8 reads limits only when a process starts, so the workers have the same ones. */
  heap: HeapLimits;
  /** Inherited by the mold, and so by its workers. */
  port: SharedPort | undefined;
  onMessage: (message: MoldMessage) => void;
}

/** Handle of one mold process. */
export class Mold {
  /** The outcome of its preloading. Never rejects. */
  readonly outcome: Promise<MoldOutcome>;
  /** Resolves when it has exited and its last messages have been read. */
  readonly exited: Promise<Exit>;
  /** Id of the worker that it was told to fork and has not reported yet. */
  forking: number | undefined;
  readonly #native: Native;
  readonly #port: InheritedPort | undefined;
  readonly #warmUpDeadline: WarmUpDeadline;
  #child: ChildProcess | undefined;
  /** kill() was called. */
  #isUnwanted = false;
  /** The supervisor's end of the command channel. */
  #commands: number | undefined;

  constructor(options: Options) {
    this.#native = options.native;
    this.#port = options.port?.inheritedAt(COMMAND_FD + 1);
    this.#warmUpDeadline = new WarmUpDeadline(options.assignment, () => this.#child?.kill('SIGKILL'));
    let resolveOutcome = (_outcome: MoldOutcome): void => {};
    this.outcome = new Promise((resolve) => {
      resolveOutcome = resolve;
    });
    this.exited = new Promise((resolve) => {
      const refuse = (reason: string) => {
        resolveOutcome({ type: 'not-started', reason });
        this.#closeCommands();
        resolve({ code: 1, signal: null });
      };
      this.#child = this.#start(options, refuse);
      if (!this.#child) return;
      const preloading = this.#listen(this.#child, options.onMessage, resolveOutcome);
      onExit(this.#child, (exit) => {
        const last = preloading();
        this.#warmUpDeadline.clear();
        // Another mold may survive if it skips the warm-up.
        if (last === WARM_UP && !this.#isUnwanted) {
          const reason = this.#warmUpDeadline.reason ?? `the process ended with ${statusOf(exit)}`;
          const cold = { type: 'cold', reason } as const;
          options.onMessage(cold);
          resolveOutcome(cold);
        }
        resolveOutcome({ type: 'exited', exit, preloading: last });
        this.#closeCommands();
        resolve(exit);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Tells the mold to fork a worker. Leads to a message `forked` or `fork-failed`, unless the mold dies first.
   *
   * @param channel the worker's end of its status channel; the mold gets a copy
   * @throws EPIPE if the mold has exited; EAGAIN, …
   */
  fork(order: Order, channel: number): void {
    if (this.#commands === undefined) throw new Error('the mold has exited');
    const port = this.#port;
    const command: ForkCommand = { ...order, ...(port && { port }) };
    this.#native.sendMessage(this.#commands, JSON.stringify(command), channel);
    this.forking = order.workerId;
  }

  /** Sends KILL, which also ends a suspended process. A mold has no work to finish. */
  kill(): void {
    this.#isUnwanted = true;
    this.#child?.kill('SIGKILL');
  }

  #start(
    { assignment, directory, options, heap, port }: Options,
    refuse: (reason: string) => void,
  ): ChildProcess | undefined {
    let theirs: number;
    try {
      [this.#commands, theirs] = this.#native.openChannel('messages');
    } catch (error) {
      refuse((error as Error).message);
      return undefined;
    }
    const { args, env } = moldProcess(options, heap);
    const child = startNode(
      [...args, MOLD],
      {
        directory,
        env: moldEnvironmentWith(assignment, env),
        stdio: ['ignore', 'inherit', 'inherit', 'pipe', theirs, ...(port?.stdio ?? [])],
      },
      refuse,
    );
    closeSync(theirs);
    return child;
  }

  /** @returns a function that returns what is being preloaded; undefined once there is an outcome */
  #listen(
    child: ChildProcess,
    onMessage: (message: MoldMessage) => void,
    onOutcome: (outcome: MoldOutcome) => void,
  ): () => string | undefined {
    let preloading: string | undefined;
    const status = child.stdio[STATUS_FD] as Readable;
    readMessages(status, (message) => {
      if (isWorkerMessage(message)) return;
      if (message.type === 'preloading') {
        preloading = message.package;
        if (preloading === WARM_UP) this.#warmUpDeadline.start();
      }
      if (isOutcome(message)) {
        preloading = undefined;
        this.#warmUpDeadline.clear();
        onOutcome(message);
      }
      onMessage(message);
    });
    throttle(status);
    return () => preloading;
  }

  #closeCommands(): void {
    if (this.#commands !== undefined) closeSync(this.#commands);
    this.#commands = undefined;
  }
}

function isOutcome(message: MoldMessage): message is Extract<MoldOutcome, MoldMessage> {
  switch (message.type) {
    case 'preloaded':
    case 'spoiled':
    case 'cold':
    case 'preload-failed':
    case 'unfit':
      return true;
    default:
      return false;
  }
}

/** Why there is no mold, as a clause. */
export function describeMoldOutcome(outcome: MoldOutcome): string {
  switch (outcome.type) {
    case 'preloaded':
      return 'it is ready';
    case 'spoiled':
      return `${outcome.packages.join(', ')} cannot be shared and cannot be left out`;
    case 'cold':
      return `the warm-up cannot be used: ${outcome.reason}`;
    case 'preload-failed':
      return `preloading ${outcome.failure.module} failed: ${outcome.failure.message}`;
    case 'unfit':
    case 'not-started':
      return outcome.reason;
    case 'exited': {
      const when =
        outcome.preloading === undefined ? 'before it preloaded anything' : `while it preloaded ${outcome.preloading}`;
      return `the mold ended with ${statusOf(outcome.exit)} ${when}`;
    }
  }
}

function statusOf({ code, signal }: Exit): string {
  return signal ?? `status ${code}`;
}
