import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Assignment } from '../protocol/assignment.ts';
import { readMessages, STATUS_FD } from '../protocol/channel.ts';
import { environmentWith } from '../protocol/environment.ts';
import { isWorkerMessage } from '../protocol/messages.ts';
import { type HeapLimits, heapFlags, nodeFlags } from './node-flags.ts';
import type { SharedPort } from './shared-port.ts';
import type { Spawner, WorkerEvent } from './spawner.ts';

const WORKER = fileURLToPath(new URL('../worker/spawned.js', import.meta.url));

/** Spawn mode: every worker is a fresh Node. It runs everywhere, and shares no memory. */
export class ExecSpawner implements Spawner {
  readonly #heap: HeapLimits;
  readonly #emit: (event: WorkerEvent) => void;
  readonly #port: SharedPort | undefined;
  readonly #children = new Map<number, ChildProcess>();

  constructor(heap: HeapLimits, emit: (event: WorkerEvent) => void, port?: SharedPort) {
    this.#heap = heap;
    this.#emit = emit;
    this.#port = port;
  }

  start(assignment: Assignment): void {
    const { worker, args, index } = assignment;
    const port = this.#port?.inheritedAt(STATUS_FD + 1);
    const flags = [...heapFlags(this.#heap), ...nodeFlags()];
    const child = execa(process.execPath, [...flags, WORKER, ...args, '-i', String(index)], {
      env: environmentWith(port ? { ...assignment, port } : assignment, process.env),
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
  async close(): Promise<void> {}

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
