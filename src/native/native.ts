/** System calls and parts of V8 that Node does not expose. Failures throw an Error with an errno name as `code`. */
export interface Native {
  /**
   * fork(2) with all threads: the copy is a whole Node that continues where this one is. Main thread only.
   *
   * Signals that are held (see below) stay held in the copy.
   *
   * @param sibling whether the copy becomes a child of this process's parent instead of this process
   * @returns the pid; 0 in the copy
   * @throws EAGAIN, ENOMEM, EMFILE, …: there is no copy, and this process continues unchanged
   */
  fork(sibling: boolean): number;

  /** Holds these signals from now on: they have no effect, but the addon records each one that arrives. */
  holdSignals(signals: readonly NodeJS.Signals[]): void;
  /** Restores the former actions of held signals, unless they have new handlers, and delivers recorded signals now. */
  releaseSignals(): void;

  /**
   * Reaps a child that has ended.
   *
   * @returns undefined while it is running
   * @throws ECHILD it is not a child, or was already reaped
   */
  reap(pid: number): { code: number | null; signal: NodeJS.Signals | null } | undefined;
  /**
   * Returns the state of a child without reaping it, so its pid cannot be reused yet.
   *
   * @returns undefined if it is not a child, or was already reaped
   */
  childState(pid: number): 'running' | 'ended' | undefined;
  /**
   * Reaps orphans that this process adopted. Needs neither a descriptor nor /proc.
   *
   * @param kept pids of children that are reaped elsewhere
   * @returns how many were reaped
   * @throws EAGAIN one of `kept` has ended and hides others: call this again once it is reaped
   */
  reapOrphans(kept: readonly number[]): number;
  /** Makes this process adopt the orphans of its descendants from now on, as PID 1 does. */
  adoptOrphans(): void;

  /** getpid(2). In a copy, process.pid is still the original's until it is redefined. */
  pid(): number;

  /**
   * Makes the kernel send this process the signal when its parent dies.
   *
   * @throws ESRCH this parent has already died
   */
  parentDeathSignal(signal: NodeJS.Signals, parent: number): void;
  /**
   * When the parent dies, sends this process SIGTERM, and SIGKILL after this time, even if its event loop is blocked or
   * it is stopped (SIGSTOP). Main thread only.
   *
   * @throws ESRCH this parent has already died
   */
  parentDeathDeadline(parent: number, milliseconds: number): void;

  /** Whether this kernel lets a copy have its own io_uring rings. Only Linux 6.4 to 6.9 does not. */
  ringsAreRenewable(): boolean;
  /** Hides io_uring from processes that this one starts from now on. */
  forbidRings(): void;

  /**
   * Opens a stream socket without an address. Child processes do not inherit it.
   *
   * @param reusePort whether other such sockets of the same user can have the same address
   * @throws EAFNOSUPPORT the kernel lacks this family
   */
  openSocket(family: SocketFamily, reusePort?: boolean): number;
  /**
   * Binds a socket as Node would, once for all processes that have the socket.
   *
   * @param address in the socket's family; a host name is not accepted
   * @returns whether the socket has this address now; if not, it already had another
   * @throws EADDRINUSE, EACCES, EADDRNOTAVAIL, …: the socket still has no address, and the caller may try again
   */
  bindSocket(fd: number, address: string, port: number, v6Only: boolean): boolean;
  /**
   * bindSocket() for a Unix socket.
   *
   * @param path a name that begins with a zero byte is abstract: no file system contains it
   */
  bindPath(fd: number, path: string): boolean;
  /** Returns the address of a TCP socket; undefined while it has none. */
  addressOf(fd: number): string | undefined;
  /** Whether a Unix socket is bound to a path. */
  hasFile(fd: number): boolean;
  /** Returns another descriptor of the same open file. Child processes do not inherit it. */
  duplicate(fd: number): number;
  /** Opens a pipe. Child processes do not inherit it. */
  openPipe(): { readEnd: number; writeEnd: number };

  /**
   * Opens two connected sockets. Child processes do not inherit them.
   *
   * @param kind `messages` keeps message boundaries, and carries descriptors
   */
  openChannel(kind: 'stream' | 'messages'): [number, number];
  /**
   * Sends one message and a copy of a descriptor, without waiting.
   *
   * @throws EAGAIN the other end has not read enough; EPIPE, ECONNRESET: it is closed; …
   */
  sendMessage(channel: number, text: string, descriptor: number): void;
  /**
   * Blocks the event loop until a message arrives.
   *
   * @returns undefined if the other end is closed. `descriptor` is undefined if this process cannot open another
   */
  receiveMessage(channel: number): { text: string; descriptor: number | undefined } | undefined;
  /** Moves descriptor `from` to the number `to`. Child processes do not inherit it. */
  moveDescriptor(from: number, to: number): void;

  /**
   * Sends a datagram to a Unix socket, without waiting.
   *
   * @param address a path, or "@" and an abstract name
   * @throws EAGAIN the receiver has not read enough; ENOENT, ECONNREFUSED: no receiver; EAFNOSUPPORT: the address is
   *   neither a path nor a name; ENAMETOOLONG; …
   */
  notify(address: string, text: string): void;

  /**
   * On the signal, calls the listener on the event loop with the JavaScript that was running, even if that blocked the
   * event loop. If the event loop does not turn soon, writes a line instead. Drops exceptions of the listener. Call
   * this once per process, and do not use `process.on(signal)`, which would take the signal away.
   *
   * @throws ENOSYS an addon cannot interrupt this Node
   */
  onInterrupt(signal: NodeJS.Signals, listener: InterruptListener, line: InterruptLine): void;

  /**
   * Collects all of JavaScript's garbage and drops V8's caches, which takes about 30 ms.
   *
   * @throws ENOSYS this Node does not let an addon request that
   */
  collect(): void;
  /** Returns freed memory that malloc has kept: in a process with many threads, half of its memory. */
  trim(): void;
  /**
   * Keeps later allocations of this thread, here and in copies, from filling gaps between earlier ones. In a copy, each
   * would unshare a page. This is permanent, and takes almost no memory.
   */
  fillHoles(): void;
  /**
   * Starts a thread that trims soon after each full collection of JavaScript's garbage. Call this once per process.
   *
   * @throws ENOSYS this Node does not report collections to an addon
   */
  trimAfterCollections(): void;

  /**
   * Writes this line to the descriptor when V8's heap reaches its limit. V8 aborts next. Call this once per process.
   *
   * @throws ENOSYS this Node does not report its heap limit to an addon
   */
  onHeapLimit(fd: number, line: string): void;

  /**
   * Makes this process end without Node's teardown, which joins V8's threads and may never return. `exit` listeners
   * still run, and profilers still write their files.
   *
   * @param patience how long Node's teardown may take after all, in milliseconds; 0 skips it
   * @throws ENOSYS this Node does not let an addon take over the exit
   */
  exitWithoutTeardown(patience: number): void;
  /** Sets the exit status for when the event loop runs empty. Call this after the `exit` listeners. */
  noteExitStatus(status: number): void;

  /**
   * In a copy, reseeds the generators that JavaScript cannot reach: V8's, which seeds the Math.random of each new
   * context, and SQLite's, in Node and in addons.
   *
   * @returns whether V8's was found
   */
  renewGenerators(): boolean;

  /** _exit(2): flushes nothing and runs no listeners. */
  exit(code: number): never;
}

/**
 * @param blocked how long the event loop had not turned, in milliseconds
 * @param stack the functions that were running, innermost first: "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)".
 *   Empty if there were none. At most 1500 bytes, without quotation marks, backslashes or control characters
 */
export type InterruptListener = (blocked: number, stack: string) => void;

/** The line to write if the event loop does not turn. */
export interface InterruptLine {
  fd: number;
  /**
   * Each % is replaced, in this order: how long the event loop has not turned, in seconds; resident memory, used heap
   * and total heap, in megabytes; the stack.
   */
  text: string;
  /** Path prefix of files whose functions the stack omits. */
  own: string;
}

export type SocketFamily = 'IPv4' | 'IPv6' | 'Unix';
