/** System calls and parts of V8 that Node does not offer. A call that fails throws an Error with an errno name as `code`. */
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

  /** From now on these signals have no effect, but the addon notes those that come. */
  holdSignals(signals: readonly NodeJS.Signals[]): void;
  /**
   * Held signals act as before, or go to the handlers that they have got since. Signals that came are delivered now.
   */
  releaseSignals(): void;

  /**
   * Reaps a child that has ended.
   *
   * @returns undefined while it runs
   * @throws ECHILD it is not a child, or was reaped before
   */
  reap(pid: number): { code: number | null; signal: NodeJS.Signals | null } | undefined;
  /**
   * The state of a child. Does not reap it, so its pid cannot be reused yet.
   *
   * @returns undefined if it is not a child, or was reaped before
   */
  childState(pid: number): 'running' | 'ended' | undefined;
  /**
   * Reaps orphans that this process has adopted. Needs neither a descriptor nor /proc.
   *
   * @param kept pids of children that are reaped elsewhere
   * @returns how many were reaped
   * @throws EAGAIN one of `kept` has ended and hides others: call this again once that one is reaped
   */
  reapOrphans(kept: readonly number[]): number;
  /** From now on this process adopts the orphans of its descendants, as PID 1 does. */
  adoptOrphans(): void;

  /** getpid(2). In a copy, process.pid is the original's until it is redefined. */
  pid(): number;

  /**
   * This process gets the signal when its parent dies.
   *
   * @throws ESRCH this parent has died already
   */
  parentDeathSignal(signal: NodeJS.Signals, parent: number): void;
  /**
   * When the parent dies, this process gets SIGTERM, and SIGKILL after this time, even if its event loop is blocked or it is
   * stopped (SIGSTOP). From the main thread only.
   *
   * @throws ESRCH this parent has died already
   */
  parentDeathDeadline(parent: number, milliseconds: number): void;

  /** Whether this kernel lets a copy have io_uring rings of its own; only Linux 6.4 to 6.9 do not. */
  ringsAreRenewable(): boolean;
  /** Processes that this one starts from now on find no io_uring. */
  forbidRings(): void;

  /**
   * A stream socket without an address. Child processes do not inherit it.
   *
   * @param reusePort whether other such sockets of the same user may have the same address
   * @throws EAFNOSUPPORT the kernel has no such family
   */
  openSocket(family: SocketFamily, reusePort?: boolean): number;
  /**
   * Gives a socket an address as Node would, once, for every process that has the socket.
   *
   * @param address of the family of the socket, not a name
   * @returns whether it has this address now; if not, it had another before
   * @throws EADDRINUSE, EACCES, EADDRNOTAVAIL, …: it still has no address, and this can be tried again
   */
  bindSocket(fd: number, address: string, port: number, v6Only: boolean): boolean;
  /**
   * bindSocket() for a Unix socket.
   *
   * @param path a name that begins with a zero byte is abstract: it is in no file system
   */
  bindPath(fd: number, path: string): boolean;
  /** The address of a TCP socket; undefined while it has none. */
  addressOf(fd: number): string | undefined;
  /** Whether a Unix socket has been given a path. */
  hasFile(fd: number): boolean;
  /** Another descriptor of the same file. Child processes do not inherit it. */
  duplicate(fd: number): number;
  /** Child processes do not inherit it. */
  openPipe(): { readEnd: number; writeEnd: number };

  /**
   * Two sockets that are connected to each other. Child processes do not inherit them.
   *
   * @param kind `messages` keeps messages apart, and carries descriptors
   */
  openChannel(kind: 'stream' | 'messages'): [number, number];
  /**
   * Sends one message and a copy of a descriptor, and never waits.
   *
   * @throws EAGAIN the other end has not read enough, EPIPE, ECONNRESET: it is closed, …
   */
  sendMessage(channel: number, text: string, descriptor: number): void;
  /**
   * Blocks the event loop until a message comes.
   *
   * @returns undefined when the other end is closed. `descriptor` is undefined if this process cannot open another
   */
  receiveMessage(channel: number): { text: string; descriptor: number | undefined } | undefined;
  /** Makes descriptor `to` what `from` is, and closes `from`. Child processes do not inherit it. */
  moveDescriptor(from: number, to: number): void;

  /**
   * Sends a datagram to a Unix socket, and never waits.
   *
   * @param address a path, or "@" and a name that is in no file system
   * @throws EAGAIN the receiver has not read enough, ENOENT, ECONNREFUSED: there is no receiver, EAFNOSUPPORT: the address
   *   is neither a path nor a name, ENAMETOOLONG, …
   */
  notify(address: string, text: string): void;

  /**
   * When the signal comes, calls the listener on the event loop with the JavaScript that was running, even if that blocks the
   * event loop. If the event loop does not turn soon, writes a line instead. What the listener throws is dropped. Once per
   * process, and instead of `process.on(signal)`, which would take the signal away.
   *
   * @throws ENOSYS this Node cannot be interrupted
   */
  onInterrupt(signal: NodeJS.Signals, listener: InterruptListener, line: InterruptLine): void;

  /**
   * Collects all of JavaScript's garbage and drops V8's caches, which takes some 30 ms.
   *
   * @throws ENOSYS this Node does not let an addon ask for that
   */
  collect(): void;
  /** Gives back freed memory that malloc has kept: in a process of many threads, half of its memory. */
  trim(): void;
  /**
   * From now on, here and in copies, this thread's allocations do not fill gaps between earlier ones: in a copy, that
   * would end the sharing of those pages. This is permanent, and takes next to no memory.
   */
  fillHoles(): void;
  /**
   * From now on a thread of its own trims soon after each full collection of JavaScript's garbage. Once per process.
   *
   * @throws ENOSYS this Node does not tell an addon of collections
   */
  trimAfterCollections(): void;

  /**
   * When V8's heap reaches its limit, writes this line to the descriptor. V8 aborts next. Once per process.
   *
   * @throws ENOSYS this Node does not tell an addon
   */
  onHeapLimit(fd: number, line: string): void;

  /**
   * From now on this process ends without Node's teardown, which joins V8's threads and may never return. Before the end,
   * `exit` listeners run and profilers write their files.
   *
   * @param patience 0; or how long Node's teardown may take after all, milliseconds
   * @throws ENOSYS this Node does not let an addon decide that
   */
  exitWithoutTeardown(patience: number): void;
  /** Sets the exit status for when the event loop has run empty. Call it after the `exit` listeners. */
  noteExitStatus(status: number): void;

  /**
   * For a copy: gives new seeds to generators that JavaScript cannot reach. These are V8's, which seeds the Math.random of each
   * new context, and SQLite's, in Node and in addons.
   *
   * @returns whether V8's was found
   */
  renewGenerators(): boolean;

  /** _exit(2): flushes nothing and runs no listener. */
  exit(code: number): never;
}

/**
 * @param blocked for how long the event loop had not turned, milliseconds
 * @param stack the functions that were running, innermost first: "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)".
 *   Empty if none was. At most 1500 bytes, without quotation marks, backslashes or control characters
 */
export type InterruptListener = (blocked: number, stack: string) => void;

/** The line to write if the event loop does not turn. */
export interface InterruptLine {
  fd: number;
  /**
   * The placeholders % stand for, in this order: how long the event loop has not turned, seconds; resident memory, used heap,
   * and whole heap, megabytes; the stack.
   */
  text: string;
  /** The stack leaves out functions in files whose path begins so. */
  own: string;
}

export type SocketFamily = 'IPv4' | 'IPv6' | 'Unix';
