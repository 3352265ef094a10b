import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Native } from '../native/binding.ts';
import { workerArguments } from '../protocol/arguments.ts';
import { assign, type Common, type Order } from '../protocol/assignment.ts';
import { STATUS_FD } from '../protocol/channel.ts';
import { environmentWith } from '../protocol/environment.ts';
import { environmentWithLimits } from '../protocol/limits.ts';
import { requireDescriptors } from './descriptors.ts';
import { onExit, startNode } from './node.ts';
import { type HeapLimits, heapFlags, nodeFlags } from './node-flags.ts';
import { Orphans } from './orphans.ts';
import { describeMissing, type Releases } from './release.ts';
import type { SharedPort } from './shared-port.ts';
import type { GenerationEvent, OrphansEvent, Spawner, WorkerEvent } from './spawner.ts';
import { readWorker } from './worker-channel.ts';

const WORKER = fileURLToPath(new URL('../worker/spawned.js', import.meta.url));

interface Options {
  common: Common;
  releases: Releases;
  heap: HeapLimits;
  emit: (event: WorkerEvent | OrphansEvent | GenerationEvent) => void;
  port: SharedPort | undefined;
  /** This process's limit of open file descriptors. */
  descriptors: number;
  native: Native | undefined;
}

/** Spawn mode: every worker is a fresh Node process. Runs everywhere, but shares no memory. */
export class ExecSpawner implements Spawner {
  readonly #common: Common;
  readonly #releases: Releases;
  readonly #heap: HeapLimits;
  readonly #emit: Options['emit'];
  readonly #port: SharedPort | undefined;
  readonly #descriptors: number;
  readonly #children = new Map<number, ChildProcess>();
  /** Undefined without the addon, which finds them. */
  readonly #orphans: Orphans | undefined;
  readonly #reap = () => this.#orphans?.childEnded();

  constructor({ common, releases, heap, emit, port, descriptors, native }: Options) {
    this.#common = common;
    this.#releases = releases;
    this.#heap = heap;
    this.#emit = emit;
    this.#port = port;
    this.#descriptors = descriptors;
    this.#orphans = native && new Orphans(native, () => this.#pids(), emit);
    if (native) process.on('SIGCHLD', this.#reap);
  }

  start(order: Order): void {
    const { workerId, index, generation } = order;
    try {
      requireDescriptors(this.#descriptors);
    } catch (error) {
      this.#emit({ type: 'start-failed', workerId, reason: (error as Error).message });
      return;
    }
    const { directory, modules } = this.#releases.of(generation);
    const port = this.#port?.inheritedAt(STATUS_FD + 1);
    const limits = heapFlags(this.#heap);
    const assignment = assign(order, this.#common, { modules, limits, port });
    const child = startNode(
      [...nodeFlags(), WORKER, ...workerArguments(this.#common.args, index)],
      {
        directory,
        env: environmentWith(assignment, environmentWithLimits(limits, process.env)),
        // Descriptor 3 is the status channel, a socket pair. Only the supervisor holds its other end, so a worker reads
        // end-of-file when the supervisor dies.
        stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...(this.#port?.stdio ?? [])],
      },
      (reason) => this.#emit({ type: 'start-failed', workerId, reason }),
    );
    if (child?.pid === undefined) return;
    this.#emit({ type: 'started', workerId, pid: child.pid });
    this.#watch(workerId, child);
  }

  prepare(generation: number): void {
    this.#releases.find(generation).then(
      () => this.#emit({ type: 'prepared', generation, preloaded: undefined }),
      (error: Error) => {
        const reason = describeMissing(error);
        this.#emit({ type: 'unprepared', generation, reason, failure: undefined, fault: 'code' });
      },
    );
  }

  retire(generation: number): void {
    this.#releases.forget(generation);
  }

  signal(workerId: number, signal: NodeJS.Signals): void {
    this.#children.get(workerId)?.kill(signal);
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

  /** Waits for nothing: every worker has been reaped, and there are no other children. */
  async close(): Promise<void> {
    this.#port?.remove();
    process.off('SIGCHLD', this.#reap);
  }

  /** Pids of workers, which libuv reaps. */
  #pids(): number[] {
    return [...this.#children.values()].flatMap(({ pid }) => pid ?? []);
  }

  #watch(workerId: number, child: ChildProcess): void {
    this.#children.set(workerId, child);
    const status = child.stdio[STATUS_FD] as Readable;
    readWorker(status, workerId, { onMessage: (message) => this.#emit({ type: 'message', message }) });
    child.once('exit', () => this.#children.delete(workerId));
    onExit(child, (exit) => {
      status.destroy();
      this.#emit({ type: 'exited', workerId, exit });
    });
  }
}
