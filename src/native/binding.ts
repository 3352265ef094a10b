import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What Node itself does not offer. Each call throws an Error with an errno name as its `code` when it fails. */
export interface Native {
  /**
   * fork(2), but with all threads: the copy is a whole Node that goes on where this one is. From the main thread only.
   *
   * In the copy, signals that are held (see below) stay held.
   *
   * @param sibling whether the copy becomes a child of this process's parent, not of this process
   * @returns the pid; 0 in the copy
   * @throws EAGAIN, ENOMEM, EMFILE, …: there is no copy, and this process goes on as it was
   */
  fork(sibling: boolean): number;

  /** These signals are noted from now on, and have no effect. */
  holdSignals(signals: readonly NodeJS.Signals[]): void;
  /** Held signals are as they were, unless they got handlers meanwhile; those that came are delivered now. */
  releaseSignals(): void;

  /**
   * Reaps a child that has ended.
   *
   * @returns undefined while it runs
   * @throws ECHILD it is not a child, or was reaped before
   */
  reap(pid: number): { code: number | null; signal: NodeJS.Signals | null } | undefined;
  /**
   * The state of a child, which is not reaped: until then its pid cannot be reused.
   *
   * @returns undefined if it is not a child, or was reaped before
   */
  childState(pid: number): 'running' | 'ended' | undefined;
  /**
   * Reaps children that became ours because their parents died. Needs neither a descriptor nor /proc.
   *
   * @param kept pids of children that are reaped elsewhere
   * @returns how many were reaped
   * @throws EAGAIN one of `kept` has ended and hides others: call this again when that one was reaped
   */
  reapOrphans(kept: readonly number[]): number;
  /** From now on this process gets the orphans of its descendants, as PID 1 does. */
  adoptOrphans(): void;

  /** getpid(2): right in a copy too, where process.pid is that of the original until it is redefined. */
  pid(): number;

  /** @throws ESRCH this parent has died already */
  parentDeathSignal(signal: NodeJS.Signals, parent: number): void;
  /**
   * When the parent dies, this process gets SIGTERM, and SIGKILL so many milliseconds later, even if its event loop is
   * blocked, and even if it was stopped (SIGSTOP). From the main thread only.
   *
   * @throws ESRCH this parent has died already
   */
  parentDeathDeadline(parent: number, milliseconds: number): void;

  /** Whether this kernel lets a copy have io_uring rings of its own; only Linux 6.4 to 6.9 do not. */
  ringsAreRenewable(): boolean;
  /** For the processes that this one starts from now on, io_uring does not exist. */
  forbidRings(): void;

  /**
   * A stream socket without an address, not inherited by what this process starts.
   *
   * @param reusePort whether other sockets that have this, of the same user, may have the same address
   * @throws EAFNOSUPPORT the kernel has no such family
   */
  openSocket(family: SocketFamily, reusePort?: boolean): number;
  /**
   * Gives it an address as Node would. All who have the socket see that, and it is done once.
   *
   * @param address of the family of the socket, not a name
   * @returns whether it has this address now; if not, it was given another before
   * @throws EADDRINUSE, EACCES, EADDRNOTAVAIL, …: it has none, and this can be tried again
   */
  bindSocket(fd: number, address: string, port: number, v6Only: boolean): boolean;
  /**
   * The same for a Unix socket.
   *
   * @param path a name that begins with a zero byte is abstract: it is in no file system
   */
  bindPath(fd: number, path: string): boolean;
  /** The address of a TCP socket, as text; undefined while it has none. */
  addressOf(fd: number): string | undefined;
  /** Whether a Unix socket has been given a path. */
  hasFile(fd: number): boolean;
  /** Another descriptor of the same file, not inherited by what this process starts. */
  duplicate(fd: number): number;
  /** Not inherited by what this process starts. */
  openPipe(): { readEnd: number; writeEnd: number };

  /**
   * Two sockets that are connected to each other, not inherited by what this process starts.
   *
   * @param kind `messages` keeps what was sent apart, and lets descriptors be sent along
   */
  openChannel(kind: 'stream' | 'messages'): [number, number];
  /**
   * Sends one message and a copy of a descriptor, and never waits.
   *
   * @throws EAGAIN the other end has not read what was sent before, EPIPE, ECONNRESET: it is closed, …
   */
  sendMessage(channel: number, text: string, descriptor: number): void;
  /**
   * Waits for one message; the event loop does not turn meanwhile.
   *
   * @returns undefined when the other end is closed. `descriptor` is undefined if this process may not open another
   */
  receiveMessage(channel: number): { text: string; descriptor: number | undefined } | undefined;
  /** Makes descriptor `to` what `from` is, not inherited by what this process starts, and closes `from`. */
  moveDescriptor(from: number, to: number): void;

  /**
   * Sends a datagram to a Unix socket, and never waits.
   *
   * @param address a path, or "@" and a name that is in no file system
   * @throws EAGAIN nobody has read what was sent before, ENOENT, ECONNREFUSED: nobody is there, EAFNOSUPPORT: it is
   *   neither a path nor a name, ENAMETOOLONG, …
   */
  notify(address: string, text: string): void;

  /**
   * When the signal comes, the listener is called on the event loop, and is told what JavaScript was running then, even if
   * that keeps the event loop from turning. If it does not turn soon, a line is written instead of the call. What the
   * listener throws is dropped. Once in a process, and instead of `process.on(signal)`, which would take the signal away.
   *
   * @throws ENOSYS this Node cannot be interrupted
   */
  onInterrupt(signal: NodeJS.Signals, listener: InterruptListener, line: InterruptLine): void;

  /**
   * Collects all garbage of JavaScript, and drops V8's caches: some 30 ms.
   *
   * @throws ENOSYS this Node does not let an addon ask for that
   */
  collect(): void;
  /** Gives memory back that was freed and that malloc has kept: in a process of many threads, half of what it has. */
  trim(): void;
  /**
   * What this thread allocates from now on, here and in copies, does not go between what was allocated before: in a copy,
   * that would end the sharing of pages. For good; it takes next to no memory.
   */
  fillHoles(): void;
  /**
   * From now on it is given back soon after each full collection of JavaScript's garbage, on a thread of its own. Once in
   * a process.
   *
   * @throws ENOSYS this Node does not let an addon know of collections
   */
  trimAfterCollections(): void;

  /**
   * When V8's heap reaches its limit, this line is written to the descriptor. V8 aborts next. Once in a process.
   *
   * @throws ENOSYS this Node does not tell an addon
   */
  onHeapLimit(fd: number, line: string): void;

  /**
   * From now on this process ends without Node's teardown, which joins V8's threads and may never return. `exit` listeners
   * run and profilers write their files first.
   *
   * @param patience how long Node's own teardown may take all the same, milliseconds; 0: it does not run
   * @throws ENOSYS this Node does not let an addon decide that
   */
  exitWithoutTeardown(patience: number): void;
  /** The status for an event loop that has run empty, once the `exit` listeners are done. */
  noteExitStatus(status: number): void;

  /**
   * Gives new seeds to generators inside Node that JavaScript cannot reach, for a copy: V8's, from which Math.random of
   * each new context takes its own, and SQLite's, those of addons included.
   *
   * @returns whether V8's was found
   */
  renewGenerators(): boolean;

  /** _exit(2): nothing is flushed and nobody is asked. */
  exit(code: number): never;
}

/**
 * @param blocked for how long the event loop had not turned, milliseconds
 * @param stack the functions that were running, the innermost first: "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)".
 *   Empty where none was. It has no quotation marks, backslashes and control characters, and at most 1500 bytes
 */
export type InterruptListener = (blocked: number, stack: string) => void;

/** What is written while the event loop does not turn. */
export interface InterruptLine {
  fd: number;
  /**
   * Each % in turn becomes: for how long the event loop has not turned, seconds; the resident memory; what of V8's heap
   * is used; the whole heap, megabytes; the stack.
   */
  text: string;
  /** Functions in files whose path begins so are not told. */
  own: string;
}

export type SocketFamily = keyof typeof SOCKET_FAMILIES;

/** As the addon knows them. */
const SOCKET_FAMILIES = { IPv4: 4, IPv6: 6, Unix: 0 } as const;

/** What the addon exports: a negative result is an errno. */
interface Addon {
  fork(sibling: boolean): number | [errno: number, doing: string];
  holdSignals(signals: Int32Array): number;
  releaseSignals(): number;
  reap(pid: number, ending: Int32Array): number;
  childState(pid: number): number;
  reapOrphans(kept: Int32Array): number;
  adoptOrphans(): number;
  pid(): number;
  parentDeathSignal(signal: number, parent: number): number;
  parentDeathDeadline(parent: number, milliseconds: number): number;
  ringsAreRenewable(): boolean;
  forbidRings(): number;
  openSocket(family: number, reusePort: boolean): number;
  bindSocket(fd: number, address: string, port: number, v6Only: boolean): number;
  bindPath(fd: number, path: string): number;
  addressOf(fd: number): string | number;
  hasFile(fd: number): number;
  duplicate(fd: number): number;
  openPipe(ends: Int32Array): number;
  openChannel(messages: boolean, ends: Int32Array): number;
  sendMessage(channel: number, text: string, descriptor: number): number;
  receiveMessage(channel: number, descriptor: Int32Array): string | number;
  moveDescriptor(from: number, to: number): number;
  notify(address: string, text: string): number;
  onInterrupt(signal: number, listener: InterruptListener, fd: number, text: string, own: string): number;
  collect(): number;
  trim(): void;
  fillHoles(): void;
  trimAfterCollections(): number;
  onHeapLimit(fd: number, line: string): number;
  exitWithoutTeardown(patience: number): number;
  noteExitStatus(status: number): void;
  renewGenerators(): boolean;
  exit(code: number): never;
  readonly unforkable?: string;
}

/** There is no addon for this machine, or it cannot fork here: the message says why, in half a sentence. */
export class NoNativeError extends Error {
  override readonly name = 'NoNativeError';
}

let loaded: Native | undefined;

/** @throws NoNativeError */
export function loadNative(): Native {
  loaded ??= bind(open());
  return loaded;
}

/** For what is better with it, and works without. */
export function optionalNative(): Native | undefined {
  try {
    return loadNative();
  } catch {
    return undefined;
  }
}

function open(): Addon {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw new NoNativeError(`forking needs Linux on x64 or arm64, and this is ${platform} on ${arch}`);
  }
  const path = fileURLToPath(new URL(`linux-${arch}.node`, import.meta.url));
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_DLOPEN_DISABLED') {
      const flag = 'permission' in process ? '--allow-addons is not given' : '--no-addons';
      throw new NoNativeError(`this Node may not load addons (${flag})`);
    }
    if (code === 'MODULE_NOT_FOUND') throw new NoNativeError(`the addon was not built for ${platform}-${arch}`);
    // Another libc, such as musl: the loader says what it misses.
    throw new NoNativeError(`the addon cannot be loaded here (${message})`);
  }
  if (addon.unforkable !== undefined) throw new NoNativeError(`this process cannot be copied: ${addon.unforkable}`);
  return addon;
}

function bind(addon: Addon): Native {
  return {
    fork(sibling) {
      const result = addon.fork(sibling);
      if (typeof result === 'number') return result;
      const [errno, doing] = result;
      return check(errno, doing);
    },
    holdSignals: (signals) => void check(addon.holdSignals(numbers(signals)), 'holding signals'),
    releaseSignals: () => void check(addon.releaseSignals(), 'releasing signals'),
    reap(pid) {
      const ending = new Int32Array(2);
      if (check(addon.reap(pid, ending), `reaping process ${pid}`) === 0) return undefined;
      const [code = -1, signal = -1] = ending;
      return signal < 0 ? { code, signal: null } : { code: null, signal: nameOf(signal) };
    },
    childState(pid) {
      const state = addon.childState(pid);
      if (state === -constants.errno.ECHILD) return undefined;
      return check(state, `looking at process ${pid}`) === 0 ? 'running' : 'ended';
    },
    reapOrphans: (kept) => check(addon.reapOrphans(Int32Array.from(kept)), 'reaping orphans'),
    adoptOrphans: () => void check(addon.adoptOrphans(), 'adopting orphans'),
    pid: () => addon.pid(),
    parentDeathSignal(signal, parent) {
      check(addon.parentDeathSignal(constants.signals[signal], parent), 'asking for a signal when the parent dies');
    },
    parentDeathDeadline(parent, milliseconds) {
      check(addon.parentDeathDeadline(parent, Math.ceil(milliseconds)), 'watching the parent');
    },
    ringsAreRenewable: () => addon.ringsAreRenewable(),
    forbidRings: () => void check(addon.forbidRings(), 'forbidding io_uring'),
    openSocket(family, reusePort = false) {
      return check(addon.openSocket(SOCKET_FAMILIES[family], reusePort), `opening a socket for ${family}`);
    },
    bindSocket(fd, address, port, v6Only) {
      return check(addon.bindSocket(fd, address, port, v6Only), `binding a socket to ${address} port ${port}`) === 0;
    },
    bindPath: (fd, path) => check(addon.bindPath(fd, path), `binding a socket to ${path}`) === 0,
    addressOf(fd) {
      const address = addon.addressOf(fd);
      if (typeof address === 'string') return address;
      check(address, `looking for the address of descriptor ${fd}`);
      return undefined;
    },
    hasFile: (fd) => check(addon.hasFile(fd), 'looking for the file of a socket') === 1,
    duplicate: (fd) => check(addon.duplicate(fd), `duplicating descriptor ${fd}`),
    openPipe() {
      const ends = new Int32Array(2);
      check(addon.openPipe(ends), 'opening a pipe');
      const [readEnd = -1, writeEnd = -1] = ends;
      return { readEnd, writeEnd };
    },
    openChannel(kind) {
      const ends = new Int32Array(2);
      check(addon.openChannel(kind === 'messages', ends), 'opening a channel');
      const [one = -1, other = -1] = ends;
      return [one, other];
    },
    sendMessage(channel, text, descriptor) {
      check(addon.sendMessage(channel, text, descriptor), 'sending a message');
    },
    receiveMessage(channel) {
      const came = new Int32Array(1);
      const text = addon.receiveMessage(channel, came);
      if (typeof text === 'number') {
        check(text, 'receiving a message');
        return undefined;
      }
      const [descriptor = -1] = came;
      return { text, descriptor: descriptor < 0 ? undefined : descriptor };
    },
    moveDescriptor: (from, to) => void check(addon.moveDescriptor(from, to), `moving descriptor ${from}`),
    notify: (address, text) => void check(addon.notify(address, text), `sending a datagram to ${address}`),
    onInterrupt(signal, listener, { fd, text, own }) {
      check(addon.onInterrupt(constants.signals[signal], listener, fd, text, own), 'asking for interrupts');
    },
    collect: () => void check(addon.collect(), 'collecting garbage'),
    trim: () => addon.trim(),
    fillHoles: () => addon.fillHoles(),
    trimAfterCollections: () => void check(addon.trimAfterCollections(), 'asking for collections'),
    onHeapLimit: (fd, line) => void check(addon.onHeapLimit(fd, line), 'asking for the limit of the heap'),
    exitWithoutTeardown: (patience) => void check(addon.exitWithoutTeardown(patience), 'taking over the exit'),
    noteExitStatus: (status) => addon.noteExitStatus(status),
    renewGenerators: () => addon.renewGenerators(),
    exit: (code) => addon.exit(code),
  };
}

function check(result: number, doing: string): number {
  if (result >= 0) return result;
  const code = nameIn(constants.errno, -result) ?? `errno ${-result}`;
  throw Object.assign(new Error(`${doing} (${code})`), { code, errno: result });
}

function numbers(signals: readonly NodeJS.Signals[]): Int32Array {
  return Int32Array.from(signals, (signal) => constants.signals[signal]);
}

function nameOf(signal: number): NodeJS.Signals {
  // Real-time signals have no names in Node.
  return (nameIn(constants.signals, signal) ?? `SIG${signal}`) as NodeJS.Signals;
}

function nameIn(table: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}
