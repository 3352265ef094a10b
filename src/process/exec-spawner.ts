import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Native } from '../native/binding.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { readMessages, STATUS_FD } from '../protocol/channel.ts';
import { environmentWith } from '../protocol/environment.ts';
import { isWorkerMessage } from '../protocol/messages.ts';
import { type HeapLimits, heapFlags, nodeFlags } from './node-flags.ts';
import type { FindRelease, Release } from './release.ts';
import type { SharedPort } from './shared-port.ts';
import type { GenerationEvent, Order, Spawner, WorkerEvent } from './spawner.ts';

const WORKER = fileURLToPath(new URL('../worker/spawned.js', import.meta.url));

interface Options {
  /** Of the first generation. */
  release: Release;
  findRelease: FindRelease;
  heap: HeapLimits;
  emit: (event: WorkerEvent | GenerationEvent) => void;
  port: SharedPort | undefined;
  native: Native | undefined;
}

/** Spawn mode: every worker is a fresh Node. It runs everywhere, and shares no memory. */
export class ExecSpawner implements Spawner {
  readonly #findRelease: FindRelease;
  readonly #heap: HeapLimits;
  readonly #emit: Options['emit'];
  readonly #port: SharedPort | undefined;
  readonly #releases: Map<number, Release>;
  readonly #children = new Map<number, ChildProcess>();
  readonly #native: Native | undefined;
  readonly #reap = () => this.#reapOrphans();

  constructor({ release, findRelease, heap, emit, port, native }: Options) {
    this.#findRelease = findRelease;
    this.#heap = heap;
    this.#emit = emit;
    this.#port = port;
    this.#releases = new Map([[1, release]]);
    this.#native = native;
    if (native) process.on('SIGCHLD', this.#reap);
  }

  start(order: Order): void {
    const { worker, args, index, generation } = order;
    const { directory, modules } = this.#releases.get(generation) ?? unknown(generation);
    const port = this.#port?.inheritedAt(STATUS_FD + 1);
    const assignment: Assignment = { ...order, modules, ...(port && { port }) };
    const flags = [...heapFlags(this.#heap), ...nodeFlags()];
    const child = execa(process.execPath, [...flags, WORKER, ...workerArguments(args, index)], {
      cwd: directory,
      env: environmentWith(assignment, process.env),
      extendEnv: false,
      // The fourth is the status channel, a socket pair. Only the supervisor holds its other end, so that a worker reads
      // end-of-file when the supervisor dies. What follows is taken as it is, though execa's types know only 0 to 2.
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...((this.#port?.stdio ?? []) as 0[])],
      buffer: false,
      reject: false,
      // execa would kill the workers when the supervisor leaves in an unforeseen way. They read end-of-file, and finish.
      cleanup: false,
      // execa would send KILL five seconds after TERM. The deadline is the supervisor's.
      forceKillAfterDelay: false,
    });
    if (child.pid === undefined) {
      void child.then(({ code, shortMessage }) => {
        this.#emit({ type: 'start-failed', worker, reason: code ?? shortMessage ?? 'for a reason unknown' });
      });
      return;
    }
    this.#emit({ type: 'started', worker, pid: child.pid });
    this.#watch(worker, child);
  }

  prepare(generation: number): void {
    this.#findRelease().then(
      (release) => {
        this.#releases.set(generation, release);
        this.#emit({ type: 'prepared', generation });
      },
      ({ message: reason }: Error) => this.#emit({ type: 'unprepared', generation, reason, failure: undefined }),
    );
  }

  retire(generation: number): void {
    this.#releases.delete(generation);
  }

  signal(worker: number, signal: NodeJS.Signals): void {
    this.#children.get(worker)?.kill(signal);
  }

  finish(): void {
    this.#port?.close();
  }

  own(): number[] {
    return [];
  }

  /** Each worker has been reaped, and there is nobody else. */
  async close(): Promise<void> {
    this.#port?.remove();
    process.off('SIGCHLD', this.#reap);
  }

  /**
   * As PID 1 of a container, this process gets the orphans of its descendants. Those that it has started itself are libuv's
   * to reap.
   */
  #reapOrphans(): void {
    const own = [...this.#children.values()].flatMap(({ pid }) => pid ?? []);
    try {
      this.#native?.reapOrphans(own);
    } catch {
      // There is no /proc to find them in.
    }
  }

  #watch(worker: number, child: ChildProcess): void {
    this.#children.set(worker, child);
    const status = child.stdio[STATUS_FD] as Duplex;
    readMessages(status, (message) => {
      // A worker speaks for itself alone.
      if (isWorkerMessage(message) && message.worker === worker) this.#emit({ type: 'message', message });
    });
    // Not execa's promise, which also waits until every descriptor is closed: a grandchild may hold one for hours.
    child.once('exit', (code, signal) => {
      this.#children.delete(worker);
      // Its last words come before its exit. They may still be unread: the exit of another worker leads here as well, and
      // then this one's socket has not been looked at. The next turn of the loop does that, so it ends after that one.
      setImmediate(() => {
        setImmediate(() => {
          status.destroy();
          this.#emit({ type: 'exited', worker, exit: { code, signal } });
        });
      });
    });
  }
}

function unknown(generation: number): never {
  throw new Error(`there is no generation ${generation}: this is a bug in swarm`);
}
