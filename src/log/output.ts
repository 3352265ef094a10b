import { constants, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { destination } from 'pino';

const STDOUT = 1;
const STDERR = 2;
/** Up to this size, Linux writes a line whole to a pipe that workers write to as well; bytes. */
const PIPE_BUF = 4096;
/** Beyond this, unread text is lost: a reader that has stopped must not cost the supervisor more memory; bytes. */
const MAX_UNREAD = 8 * 1024 ** 2;
/** How long a reader may read nothing before the rest is not written; milliseconds. */
const READER_TIMEOUT = 3000;

/**
 * Stdout or stderr of a process that must outlive its readers: a write never blocks and never throws, whether the reader is
 * slow or gone (`| head`), or the disk is full.
 */
export class Output {
  readonly #kind: Kind;
  readonly #pipe: number | undefined;
  readonly #stream: ReturnType<typeof destination>;
  // The reader is gone, or the disk is full: permanently, or until the next line gets through.
  #broken = false;
  /** Bytes. */
  #written = 0;
  #closed: Promise<boolean> | undefined;

  constructor(fd: typeof STDOUT | typeof STDERR) {
    this.#kind = kindOf(fd);
    this.#pipe = this.#kind === 'pipe' ? openPipeAgain(fd) : undefined;
    // Asynchronous, on a thread: a supervisor that waits in write(2) for a slow reader does not hear SIGTERM. Not Node's
    // process.stdout: it sets the descriptor to non-blocking, and each start of a worker undoes that. Not process.stderr: it
    // waits for a pipe, and throws where a disk is full.
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

  /** Text of other processes comes before or after it; only where it is too long, between its lines. */
  write(text: string): void {
    if (this.#closed) return;
    const parts = Buffer.byteLength(text) <= PIPE_BUF ? [text] : text.split(/(?<=\n)/);
    for (const part of parts) this.#stream.write(part);
  }

  /**
   * Waits until everything is written, or cannot be: perhaps there is no reader. One that is only slow gets everything.
   *
   * @returns whether the process can exit: Node does not exit during a write
   */
  close(): Promise<boolean> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<boolean> {
    const closed = this.#broken || (await this.#ends());
    // Otherwise it would retry for ever when the process exits.
    this.#stream.destroy();
    return closed || this.#pipe !== undefined;
  }

  async #ends(): Promise<boolean> {
    const ended = new Promise<boolean>((resolve) => {
      this.#stream.once('close', () => resolve(true)).once('error', () => resolve(true));
    });
    this.#stream.end();
    // A file takes everything sooner or later.
    if (this.#kind === 'file') return ended;
    let before: number;
    do {
      before = this.#written;
      if (await Promise.race([ended, sleep(READER_TIMEOUT, false)])) return true;
    } while (this.#written > before);
    return false;
  }
}

/** One output where both lead to the same place (`2>&1`, a terminal): lines stay whole and in order. */
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
  // As bigint: in Node 20 and 22, realpathSync reads the result of the last plain stat anywhere in the process. After a
  // pipe, Node would not find modules through symlinks any more, such as pnpm's.
  return fstatSync(fd, { bigint: true });
}

/** Opens a pipe once more, non-blocking, so that no write holds a thread. The workers' descriptor must keep blocking. */
function openPipeAgain(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // There is no /proc, or this user may not open it.
    return undefined;
  }
}
