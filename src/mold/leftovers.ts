import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Agent } from 'node:http';
import type { Worker } from 'node:worker_threads';
import { type Descriptor, type Descriptors, openDescriptors, UNNAMED } from './descriptors.ts';
import { NativeCalls } from './native-calls.ts';
import { forklessThreads } from './native-threads.ts';
import { OwnFiles } from './own-files.ts';

/**
 * What a module has opened while it was loaded, and what all workers would share if they were forked now. Timers are not
 * among it: each worker gets a copy, as it would have started one itself.
 */
export interface Leftover {
  readonly kind:
    | Descriptor['kind']
    | 'worker thread'
    | 'child process'
    | 'native thread'
    | 'random generator'
    | 'native state'
    | 'temporary directory'
    | 'file of its own';
  /** Which one, for people. */
  readonly detail: string;
}

/** Finds what is left behind since it was last asked. */
export class Lookout {
  readonly #threads: Worker[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #agents = new Set<Agent | undefined>();
  readonly #onThread = (thread: Worker): void => void this.#threads.push(thread);
  readonly #onChild = (message: unknown): void =>
    void this.#children.push((message as { process: ChildProcess }).process);
  readonly #onRequest = (message: unknown): void =>
    void this.#agents.add((message as { request: { agent?: Agent } }).request.agent);
  readonly #nativeCalls = new NativeCalls();
  readonly #ownFiles = new OwnFiles();
  #nativeThreads = forklessThreads();
  #descriptors: Descriptors;
  #lookups: number;

  constructor() {
    process.on('worker', this.#onThread);
    subscribe('child_process', this.#onChild);
    subscribe('http.client.request.start', this.#onRequest);
    this.#descriptors = openDescriptors();
    this.#lookups = lookups();
  }

  take(): Leftover[] {
    for (const agent of this.#agents) closeIdleConnections(agent);
    const [before, lookupsBefore] = [this.#descriptors, this.#lookups];
    this.#descriptors = openDescriptors();
    this.#lookups = lookups();

    const left: Leftover[] = [];
    for (const { pid, spawnfile, exitCode, signalCode } of this.#children.splice(0)) {
      const lives = exitCode === null && signalCode === null;
      if (lives) left.push({ kind: 'child process', detail: `${spawnfile} (pid ${pid})` });
    }
    const hasChild = left.length > 0;
    for (const { threadId } of this.#threads.splice(0)) {
      if (threadId !== ENDED) left.push({ kind: 'worker thread', detail: `thread ${threadId}` });
    }
    for (const [name, describe] of this.#descriptors) {
      if (before.has(name)) continue;
      const descriptor = describe();
      // The other end is the child's.
      if (!(hasChild && descriptor.detail === UNNAMED)) left.push(descriptor);
    }
    left.push(...this.#nativeCalls.take(), ...this.#ownFiles.take());
    const threads = this.#nativeThreads;
    this.#nativeThreads = forklessThreads();
    for (const [id, detail] of this.#nativeThreads) if (!threads.has(id)) left.push({ kind: 'native thread', detail });
    // It is about to connect.
    if (this.#lookups > lookupsBefore) left.push({ kind: 'socket', detail: 'a host name is being looked up' });
    return left;
  }

  end(): void {
    this.#nativeCalls.end();
    this.#ownFiles.end();
    process.off('worker', this.#onThread);
    unsubscribe('child_process', this.#onChild);
    unsubscribe('http.client.request.start', this.#onRequest);
  }
}

/**
 * Those that requests have left open for the next one, such as that of an agent which reports metrics from time to time:
 * nobody waits for anything on them, and whoever needs one opens another.
 */
function closeIdleConnections(agent: Agent | undefined): void {
  for (const socket of Object.values(agent?.freeSockets ?? {}).flat()) socket?.destroy();
}

/** The `threadId` of a thread that has ended. */
const ENDED = -1;

function lookups(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(GetAddrInfo|Query)Req/.test(name)).length;
}
