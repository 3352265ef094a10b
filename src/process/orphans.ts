import { openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Native } from '../native/binding.ts';
import type { Orphan, OrphansEvent } from './spawner.ts';

type Emit = (event: OrphansEvent) => void;

/** Until what could not be reaped is tried again, milliseconds. */
const RETRY = 100;

/** How often those that are left in the end are killed, with what they leave in turn; and the pause between, milliseconds. */
const KILL_TIMES = 100;
const KILL_INTERVAL = 10;

/**
 * What workers leave behind: processes whose parents have died become children of this one. While the swarm runs they are
 * reaped and otherwise left alone; when it stops, the supervisor asks for them.
 */
export class Orphans {
  readonly #native: Native;
  readonly #emit: Emit;
  readonly #own: () => readonly number[] | undefined;
  readonly #list = new ChildList();
  /** Children of the program that this process was before: `sidecar & exec swarm`. They are not for swarm to stop. */
  #inherited: readonly number[];
  #watching = false;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param own the pids of the children that are not orphans; undefined while one may be there that nobody knows yet
   */
  constructor(native: Native, own: () => readonly number[] | undefined, emit: Emit) {
    this.#native = native;
    this.#own = own;
    this.#emit = emit;
    this.#inherited = this.#list.read();
    try {
      native.adoptOrphans();
    } catch {
      // Forbidden here. As PID 1 this process gets them all the same.
    }
  }

  /** When a child has ended. Known ones have to be reaped before. */
  childEnded(): void {
    this.#reap();
    if (this.#watching) this.#report();
  }

  /** Leads to an event `orphans` as soon as they can be told from other children, and after each end of a child. */
  find(): void {
    this.#watching = true;
    this.#report();
  }

  /** The supervisor is about to leave, and so has everybody else. Resolves when nobody is left, or after a second. */
  async killAll(): Promise<void> {
    for (let times = 0; times < KILL_TIMES; times += 1) {
      const alive = this.#alive() ?? [];
      if (alive.length === 0) return;
      for (const { pid } of alive) sendSignal(pid, 'SIGKILL');
      await sleep(KILL_INTERVAL);
    }
  }

  /** Does nothing where it has ended: its pid may be somebody else's by now. */
  signal(pid: number, signal: NodeJS.Signals): void {
    if (this.#isRunning(pid)) sendSignal(pid, signal);
  }

  #reap(): void {
    const own = this.#own();
    if (!own) return;
    try {
      this.#native.reapOrphans(own);
    } catch {
      // A child that Node has yet to reap is in front of them.
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

  /** Undefined while they cannot be told from other children. */
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
      // One that has ended since the list was read may have left others behind, which are only in the next.
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

/** Sends a signal to a process that was not reaped, so that its pid is nobody else's. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It runs as another user by now.
  }
}

/**
 * The kernel's list of the children of this process. The file is opened once: later there may be no descriptor left, or no
 * /proc any more.
 */
class ChildList {
  readonly #file = openChildList();

  /** Zombies included. Nobody where there is no such list. */
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
      // What was read so far is true.
    }
    const text = Buffer.concat(pieces).toString('latin1').trim();
    return text === '' ? [] : text.split(/\s+/).map(Number);
  }
}

function openChildList(): number | undefined {
  const { pid } = process;
  try {
    // In a PID namespace with the /proc of another one, the numbers would be those of strangers.
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
