import { constants, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { destination } from 'pino';

const STDOUT = 1;
const STDERR = 2;
/** Up to this size, Linux writes a line atomically to a pipe that workers also write to. Bytes. */
const PIPE_BUF = 4096;
/** Beyond this, unread text is dropped, so that a stuck reader cannot fill the supervisor's memory. Bytes. */
const MAX_UNREAD = 8 * 1024 ** 2;
/** If the reader reads nothing for this long, the rest is dropped on exit. Milliseconds. */
const READER_TIMEOUT = 3000;

/**
 * Stdout or stderr of a process that must outlive its readers. A write never blocks and never throws, even if the
 * reader is slow or gone (`| head`), or the disk is full.
 */
export class Output {
  readonly #kind: Kind;
  readonly #pipe: number | undefined;
  readonly #stream: ReturnType<typeof destination>;
  // The last write failed: the reader is gone, or the disk is full. The next successful write resets it.
  #broken = false;
  /** Bytes. */
  #written = 0;
  #closed: Promise<boolean> | undefined;

  constructor(fd: typeof STDOUT | typeof STDERR) {
    this.#kind = kindOf(fd);
    this.#pipe = this.#kind === 'pipe' ? openPipeAgain(fd) : undefined;
    // Writes on a thread: a supervisor blocked in write(2) by a slow reader would not handle SIGTERM. Not with
    // process.stdout: it makes the descriptor non-blocking, and each start of a worker undoes that. Not with
    // process.stderr: it blocks on a full pipe, and throws if the disk is full.
    const options = { dest: this.#pipe ?? fd, sync: false, maxWrite: PIPE_BUF, maxLength: MAX_UNREAD };
    this.#stream = destination(options);
    this.#stream.on('error', () => {
      this.#broken = true;
    });
    this.#stream.on('write', (bytes) => {
      this.#broken = false;
      this.#written += bytes;
    });
  }

  /** Writes a text. Output of other processes cannot split it, except between lines if it is longer than PIPE_BUF. */
  write(text: string): void {
    if (this.#closed) return;
    const parts = Buffer.byteLength(text) <= PIPE_BUF ? [text] : text.split(/(?<=\n)/);
    for (const part of parts) this.#stream.write(part);
  }

  /**
   * Waits until everything is written, or can never be, for example without a reader. A slow reader gets everything.
   *
   * @returns whether the process can exit: Node does not exit during a write
   */
  close(): Promise<boolean> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<boolean> {
    const closed = this.#broken || (await this.#ends());
    // Otherwise it would retry forever when the process exits.
    this.#stream.destroy();
    return closed || this.#pipe !== undefined;
  }

  async #ends(): Promise<boolean> {
    const ended = new Promise<boolean>((resolve) => {
      this.#stream.once('close', () => resolve(true)).once('error', () => resolve(true));
    });
    this.#stream.end();
    // Writing to a file always ends.
    if (this.#kind === 'file') return ended;
    let before: number;
    do {
      before = this.#written;
      if (await Promise.race([ended, sleep(READER_TIMEOUT, false)])) return true;
    } while (this.#written > before);
    return false;
  }
}

/** Returns a single output if both have the same target (`2>&1`, a terminal), so that lines stay whole and in order. */
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
  // As bigint: in Node 20 and 22, realpathSync reads the result of the last plain stat in the process. After the stat
  // of a pipe, Node would not find modules behind symbolic links any more, such as pnpm's.
  return fstatSync(fd, { bigint: true });
}

/** Opens a pipe again, non-blocking, so that no write occupies a thread. The workers' descriptor must stay blocking. */
function openPipeAgain(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // No /proc, or this user may not open it.
    return undefined;
  }
}
