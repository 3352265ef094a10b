import { emitKeypressEvents, type Key } from 'node:readline';
import type { Size } from './screen.ts';

/** The alternate screen, without a cursor and without wrapping of long lines; and back. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Signals that end a process. */
const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** What happens at a terminal. */
interface Listener {
  /** @param key its name in Node's readline; letters in lower case */
  pressed(key: string): void;
  /** The screen must be drawn again: its size has changed, or a shell has used it. */
  changed(): void;
  /** Ctrl-C, Ctrl-D, or a signal. */
  quit(): void;
}

/** The whole terminal, for one program. close() restores it, and so does a suspension until the program continues. */
export class Terminal {
  readonly #stdin = process.stdin;
  readonly #stdout = process.stdout;
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#enter();
    emitKeypressEvents(this.#stdin);
    this.#stdin.on('keypress', (_, key: Key) => this.#press(key)).resume();
    this.#stdout.on('resize', listener.changed);
    for (const signal of ENDING) process.on(signal, listener.quit);
    process.on('SIGTSTP', this.#suspend);
    process.on('SIGCONT', this.#resume);
  }

  get size(): Size {
    const { columns, rows } = this.#stdout;
    // A serial line has no size.
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Writes lines over those of the last time. */
  draw(lines: readonly string[]): void {
    // Each line is cleared before it is written: after a line as wide as the terminal, this would clear its last character.
    this.#stdout.write(`${HOME}${lines.map((line) => `${CLEAR_LINE}${line}`).join('\r\n')}${CLEAR_BELOW}`);
  }

  close(): void {
    this.#leave();
    this.#stdin.pause();
  }

  #press({ name = '', ctrl }: Key): void {
    if (!ctrl) this.#listener.pressed(name);
    else if (name === 'c' || name === 'd') this.#listener.quit();
    // A terminal that is not raw would signal the whole job, too: an npx that waits for this process must stop as well.
    else if (name === 'z') process.kill(0, 'SIGTSTP');
  }

  readonly #suspend = (): void => {
    this.#leave();
    // Without a listener the signal suspends this process, in the middle of kill().
    process.off('SIGTSTP', this.#suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', this.#suspend);
    this.#enter();
    this.#resume();
  };

  /** Also after a SIGSTOP, which no process can listen for. */
  readonly #resume = (): void => {
    // A shell may have changed the mode, and Node skips a mode that it has set before.
    this.#stdin.setRawMode(false).setRawMode(true);
    this.#listener.changed();
  };

  #enter(): void {
    this.#stdin.setRawMode(true);
    this.#stdout.write(ENTER);
  }

  #leave(): void {
    this.#stdout.write(LEAVE);
    this.#stdin.setRawMode(false);
  }
}
