import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Native } from '../native/binding.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { STATUS_FD } from '../protocol/channel.ts';
import { environmentWith } from '../protocol/environment.ts';
import { environmentWithLimits } from '../protocol/limits.ts';
import { onExit, startNode } from './node.ts';
import { type HeapLimits, heapFlags, nodeFlags } from './node-flags.ts';
import { Orphans } from './orphans.ts';
import type { FindRelease, Release } from './release.ts';
import type { SharedPort } from './shared-port.ts';
import type { GenerationEvent, Order, OrphansEvent, Spawner, WorkerEvent } from './spawner.ts';
import { readWorker } from './worker-channel.ts';

const WORKER = fileURLToPath(new URL('../worker/spawned.js', import.meta.url));

interface Options {
  /** Of the first generation. */
  release: Release;
  findRelease: FindRelease;
  heap: HeapLimits;
  emit: (event: WorkerEvent | OrphansEvent | GenerationEvent) => void;
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
  /** Without the addon nobody looks after them. */
  readonly #orphans: Orphans | undefined;
  readonly #reap = () => this.#orphans?.childEnded();

  constructor({ release, findRelease, heap, emit, port, native }: Options) {
    this.#findRelease = findRelease;
    this.#heap = heap;
    this.#emit = emit;
    this.#port = port;
    this.#releases = new Map([[1, release]]);
    this.#orphans = native && new Orphans(native, () => this.#pids(), emit);
    if (native) process.on('SIGCHLD', this.#reap);
  }

  start(order: Order): void {
    const { worker, args, index, generation } = order;
    const { directory, modules } = this.#releases.get(generation) ?? unknown(generation);
    const port = this.#port?.inheritedAt(STATUS_FD + 1);
    const limits = heapFlags(this.#heap);
    const assignment: Assignment = { ...order, modules, limits, ...(port && { port }) };
    const child = startNode(
      [...nodeFlags(), WORKER, ...workerArguments(args, index)],
      {
        directory,
        env: environmentWith(assignment, environmentWithLimits(limits, process.env)),
        // The fourth is the status channel, a socket pair. Only the supervisor holds its other end, so that a worker reads
        // end-of-file when the supervisor dies.
        stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...(this.#port?.stdio ?? [])],
      },
      (reason) => this.#emit({ type: 'start-failed', worker, reason }),
    );
    if (child?.pid === undefined) return;
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

  findOrphans(): void {
    if (this.#orphans) this.#orphans.find();
    else this.#emit({ type: 'orphans', orphans: [] });
  }

  signalOrphan(pid: number, signal: NodeJS.Signals): void {
    this.#orphans?.signal(pid, signal);
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

  /** Those that this process has started are libuv's to reap. */
  #pids(): number[] {
    return [...this.#children.values()].flatMap(({ pid }) => pid ?? []);
  }

  #watch(worker: number, child: ChildProcess): void {
    this.#children.set(worker, child);
    const status = child.stdio[STATUS_FD] as Readable;
    readWorker(status, worker, { onMessage: (message) => this.#emit({ type: 'message', message }) });
    child.once('exit', () => this.#children.delete(worker));
    onExit(child, (exit) => {
      status.destroy();
      this.#emit({ type: 'exited', worker, exit });
    });
  }
}

function unknown(generation: number): never {
  throw new Error(`there is no generation ${generation}: this is a bug in swarm`);
}
