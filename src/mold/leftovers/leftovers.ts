import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Agent } from 'node:http';
import type { Worker } from 'node:worker_threads';
import { Attribution } from './attribution.ts';
import { type Descriptor, type Descriptors, lastingFiles, openDescriptors, UNNAMED } from './descriptors.ts';
import { NativeCalls } from './native-calls.ts';
import { forklessThreads } from './native-threads.ts';
import { OwnFiles } from './own-files.ts';

/**
 * Something that a module opened while it was loaded, and that all workers would share if they were forked now. Timers
 * do not count: each worker gets a copy, as if it had started the timer itself.
 */
export interface Leftover {
  readonly kind:
    | Descriptor['kind']
    | 'worker thread'
    | 'child process'
    | 'native thread'
    | 'random generator'
    | 'unknown state'
    | 'temporary directory'
    | 'file of its own';
  /** Which one, in human-readable form. */
  readonly detail: string;
}

/** Leftovers, by the name of the load that caused them. */
export type Leftovers = ReadonlyMap<string, readonly Leftover[]>;

export interface Kept<Thing> {
  readonly thing: Thing;
  readonly owner: string | undefined;
}

/** Finds what was left behind since the last call, and which load left it. */
export class Lookout {
  readonly #attribution = new Attribution();
  readonly #nativeCalls = new NativeCalls(() => this.owner);
  readonly #ownFiles = new OwnFiles(() => this.owner);
  readonly #threads: Kept<Worker>[] = [];
  readonly #children: Kept<ChildProcess>[] = [];
  readonly #agents = new Set<Agent | undefined>();
  readonly #onThread = (thing: Worker): void => {
    if (!isHooksThread(thing)) this.#threads.push({ thing, owner: this.#attribution.owner });
  };
  readonly #onChild = (message: unknown): void => {
    const { process: thing } = message as { process: ChildProcess };
    this.#children.push({ thing, owner: this.#attribution.owner });
  };
  readonly #onRequest = (message: unknown): void =>
    void this.#agents.add((message as { request: { agent?: Agent } }).request.agent);
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

  /** Runs `work`, a load, and attributes to it everything that it starts. */
  run<Result>(name: string, work: () => Result): Result {
    return this.#attribution.run(name, work);
  }

  /** The load that caused the running code; undefined if none did. */
  get owner(): string | undefined {
    return this.#attribution.owner;
  }

  /** Returns the loads that connected to something, or tried to, since the last call. */
  takeConnected(): string[] {
    return this.#attribution.takeConnected();
  }

  /** @param name the load that just ended, which gets everything that cannot be attributed */
  take(name: string): Leftovers {
    for (const agent of this.#agents) closeIdleConnections(agent);
    const [before, lookupsBefore] = [this.#descriptors, this.#lookups];
    this.#descriptors = openDescriptors();
    this.#lookups = lookups();

    const found = new Map<string, Leftover[]>();
    const left = (leftover: Leftover, owner = name): void => {
      found.set(owner, [...(found.get(owner) ?? []), leftover]);
    };
    for (const { thing, owner } of this.#children.splice(0)) {
      const lives = thing.exitCode === null && thing.signalCode === null;
      if (lives) left({ kind: 'child process', detail: `${thing.spawnfile} (pid ${thing.pid})` }, owner);
    }
    const hasChild = found.size > 0;
    for (const { thing, owner } of this.#threads.splice(0)) {
      if (thing.threadId !== ENDED) left({ kind: 'worker thread', detail: `thread ${thing.threadId}` }, owner);
    }
    const fresh = [...this.#descriptors].flatMap(([id, describe]) => (before.has(id) ? [] : { id, ...describe() }));
    const lasting = lastingFiles(fresh.filter(({ kind }) => kind === 'open file').map(({ id }) => id));
    for (const { id, kind, detail, fd = -1 } of fresh) {
      if (kind === 'open file' && !lasting.has(id)) continue;
      // The child process holds the other end.
      if (hasChild && detail === UNNAMED) continue;
      left({ kind, detail }, kind === 'file watcher' ? this.#attribution.ofWatch : this.#attribution.ofDescriptor(fd));
    }
    for (const { thing, owner } of [...this.#nativeCalls.take(), ...this.#ownFiles.take()]) left(thing, owner);
    const threads = this.#nativeThreads;
    this.#nativeThreads = forklessThreads();
    for (const [id, detail] of this.#nativeThreads) if (!threads.has(id)) left({ kind: 'native thread', detail });
    // The module is about to connect.
    if (this.#lookups > lookupsBefore) left({ kind: 'socket', detail: 'a host name is being looked up' });
    return found;
  }

  end(): void {
    this.#nativeCalls.end();
    this.#ownFiles.end();
    this.#attribution.end();
    process.off('worker', this.#onThread);
    unsubscribe('child_process', this.#onChild);
    unsubscribe('http.client.request.start', this.#onRequest);
  }
}

/**
 * Closes the idle keep-alive connections of an HTTP agent, such as one that reports metrics. Nothing waits for them,
 * and the next request opens another.
 */
function closeIdleConnections(agent: Agent | undefined): void {
  for (const socket of Object.values(agent?.freeSockets ?? {}).flat()) socket?.destroy();
}

/** Whether this thread runs the hooks of module.register(). It is copied with the process and works in each copy. */
function isHooksThread(thread: Worker): boolean {
  const own = Object.getPrototypeOf(thread) as object;
  return own.constructor.name === 'InternalWorker' && Object.hasOwn(own, 'receiveMessageSync');
}

/** The `threadId` of a thread that has ended. */
const ENDED = -1;

function lookups(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(GetAddrInfo|Query)Req/.test(name)).length;
}
