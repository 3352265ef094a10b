import { constants, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { destination } from 'pino';

const STDOUT = 1;
const STDERR = 2;
/** So much is written whole to a pipe that the workers write to as well (Linux, bytes). */
const PIPE_BUF = 4096;
/** What a reader has not taken by then is lost, bytes: one that stands still must not take the supervisor's memory. */
const MAX_UNREAD = 8 * 1024 ** 2;
const CLOSE_TIMEOUT = 1000;

/**
 * Stdout or stderr of a process that must outlive it: a write never blocks and never throws, however slowly it is read, and
 * whether the reader has gone (`| head`) or the disk is full.
 */
export class Output {
  readonly #kind: Kind;
  readonly #pipe: number | undefined;
  readonly #stream: ReturnType<typeof destination>;
  // A reader that has gone, or a disk that is full: for good, or until the next line gets through.
  #broken = false;
  #closed: Promise<boolean> | undefined;

  constructor(fd: typeof STDOUT | typeof STDERR) {
    this.#kind = kindOf(fd);
    this.#pipe = this.#kind === 'pipe' ? openPipeAgain(fd) : undefined;
    // Asynchronous, on a thread: waiting for a slow reader in write(2), a supervisor would not hear SIGTERM. Not Node's
    // process.stdout: its non-blocking mode is that of the descriptor, and each start of a worker turns it off again. And
    // not process.stderr, which waits for a pipe, and throws where a disk is full.
    const options = { dest: this.#pipe ?? fd, sync: false, maxWrite: PIPE_BUF, maxLength: MAX_UNREAD };
    this.#stream = destination(options);
    this.#stream.on('error', () => {
      this.#broken = true;
    });
    this.#stream.on('write', () => {
      this.#broken = false;
    });
  }

  /** What others write comes before or after it; where it is too long for that, it comes between its lines. */
  write(text: string): void {
    if (this.#closed) return;
    const parts = Buffer.byteLength(text) <= PIPE_BUF ? [text] : text.split(/(?<=\n)/);
    for (const part of parts) this.#stream.write(part);
  }

  /**
   * Waits until everything is out, or cannot be. Where somebody has to read it, no longer than a second: perhaps nobody
   * does.
   *
   * @returns whether the process can exit. Node waits at its exit for a write that has begun
   */
  close(): Promise<boolean> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<boolean> {
    const closed = this.#broken || (await this.#ends());
    // Or else it would try again, for ever, when the process exits.
    this.#stream.destroy();
    return closed || this.#pipe !== undefined;
  }

  async #ends(): Promise<boolean> {
    const ended = new Promise<boolean>((resolve) => {
      this.#stream.once('close', () => resolve(true)).once('error', () => resolve(true));
    });
    this.#stream.end();
    // A file takes what it is given sooner or later.
    return this.#kind === 'file' ? ended : Promise.race([ended, sleep(CLOSE_TIMEOUT, false)]);
  }
}

/** Where both lead to the same place (`2>&1`, a terminal) they are one: no line interrupts another, and all stay in order. */
export function openOutputs(): { stdout: Output; stderr: Output } {
  const stdout = new Output(STDOUT);
  return { stdout, stderr: isSame(STDOUT, STDERR) ? stdout : new Output(STDERR) };
}

type Kind = 'pipe' | 'file' | 'other';

function kindOf(fd: number): Kind {
  const stat = statOf(fd);
  if (stat.isFIFO()) return 'pipe';
  return stat.isFile() ? 'file' : 'other';
}

function isSame(fd: number, other: number): boolean {
  const [a, b] = [statOf(fd), statOf(other)];
  return a.dev === b.dev && a.ino === b.ino;
}

function statOf(fd: number) {
  // As bigint, for the sake of Node 20 and 22: their realpathSync goes by the last answer of a plain stat, whoever asked
  // for it. If that was a pipe, modules imported from now on are not found through symlinks (pnpm's, for example).
  return fstatSync(fd, { bigint: true });
}

/**
 * Opened once more without blocking, where it is a pipe: a write to it never holds a thread. The flag must not be set on
 * the descriptor that the workers share.
 */
function openPipeAgain(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // There is no /proc, or it is not ours to open.
    return undefined;
  }
}
