import { openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Native } from '../native/binding.ts';
import type { Orphan, OrphansEvent } from './spawner.ts';

type Emit = (event: OrphansEvent) => void;

/** Delay before another attempt to reap, milliseconds. */
const RETRY = 100;

/** Number of killAll()'s attempts, and the pause between two of them, milliseconds. */
const KILL_TIMES = 100;
const KILL_INTERVAL = 10;

/**
 * Processes that workers leave behind. When their parents die, they become children of this process, which reaps them.
 * They get no signal while the swarm runs. When it stops, the supervisor stops them too.
 */
export class Orphans {
  readonly #native: Native;
  readonly #emit: Emit;
  readonly #own: () => readonly number[] | undefined;
  readonly #list = new ChildList();
  /** Children that this process had before it executed swarm (`sidecar & exec swarm`). They get no signal. */
  #inherited: readonly number[];
  #watching = false;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param own pids of children that are not orphans; undefined while there may be a worker whose pid is not known yet
   */
  constructor(native: Native, own: () => readonly number[] | undefined, emit: Emit) {
    this.#native = native;
    this.#own = own;
    this.#emit = emit;
    this.#inherited = this.#list.read();
    try {
      native.adoptOrphans();
    } catch {
      // Not permitted. As PID 1 this process adopts orphans anyway.
    }
  }

  /** Must be called on SIGCHLD, after known workers were reaped. */
  childEnded(): void {
    this.#reap();
    if (this.#watching) this.#report();
  }

  /** Emits `orphans` now and after each SIGCHLD. While a fork is under way, waits until it has ended. */
  find(): void {
    this.#watching = true;
    this.#report();
  }

  /** Kills all orphans and what they leave behind in turn. Resolves when none is left, or after a second. */
  async killAll(): Promise<void> {
    for (let times = 0; times < KILL_TIMES; times += 1) {
      const alive = this.#alive() ?? [];
      if (alive.length === 0) return;
      for (const { pid } of alive) sendSignal(pid, 'SIGKILL');
      await sleep(KILL_INTERVAL);
    }
  }

  /** Does nothing if the process has ended: its pid may have been reused. */
  signal(pid: number, signal: NodeJS.Signals): void {
    if (this.#isRunning(pid)) sendSignal(pid, signal);
  }

  #reap(): void {
    const own = this.#own();
    if (!own) return;
    try {
      this.#native.reapOrphans(own);
    } catch {
      // EAGAIN: a child that Node reaps hides the others.
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.#reap();
      }, RETRY).unref();
    }
  }

  #report(): void {
    const orphans = this.#alive();
    if (orphans) this.#emit({ type: 'orphans', orphans });
  }

  /** Undefined while orphans cannot be told from workers. */
  #alive(): Orphan[] | undefined {
    const own = this.#own();
    if (!own) return undefined;
    let children = this.#list.read();
    this.#inherited = this.#inherited.filter((pid) => children.includes(pid));
    const others = new Set([...own, ...this.#inherited]);
    for (;;) {
      const pids = children.filter((pid) => !others.has(pid));
      const ended = pids.filter((pid) => !this.#isRunning(pid));
      if (ended.length === 0) return pids.map((pid) => ({ pid, name: nameOf(pid) }));
      // A process that ended after the list was read can have left children that only the next list contains.
      for (const pid of ended) others.add(pid);
      children = this.#list.read();
    }
  }

  #isRunning(pid: number): boolean {
    try {
      return this.#native.childState(pid) === 'running';
    } catch {
      return false;
    }
  }
}

/** Signals a child that has not been reaped, so its pid cannot have been reused. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // EPERM: it runs as another user.
  }
}

/**
 * The kernel's list of this process's children. The file stays open, because later there may be no free descriptor or
 * no /proc.
 */
class ChildList {
  readonly #file = openChildList();

  /** Pids, including zombies. Empty if the kernel offers no such list. */
  read(): number[] {
    if (this.#file === undefined) return [];
    const pieces: Buffer[] = [];
    try {
      for (let position = 0; ; ) {
        const piece = Buffer.alloc(4096);
        const bytes = readSync(this.#file, piece, 0, piece.length, position);
        if (bytes === 0) break;
        pieces.push(piece.subarray(0, bytes));
        position += bytes;
      }
    } catch {
      // Use what was read so far.
    }
    const text = Buffer.concat(pieces).toString('latin1').trim();
    return text === '' ? [] : text.split(/\s+/).map(Number);
  }
}

function openChildList(): number | undefined {
  const { pid } = process;
  try {
    // A /proc of another PID namespace shows pids of that namespace.
    if (readlinkSync('/proc/self') !== String(pid)) return undefined;
    return openSync(`/proc/self/task/${pid}/children`, 'r');
  } catch {
    return undefined;
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a process';
  }
}
