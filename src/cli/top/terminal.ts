import { emitKeypressEvents, type Key } from 'node:readline';
import type { Size } from './screen.ts';

/** Switches to the alternate screen without cursor and line wrapping, and back. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Signals that end a process. */
const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Handles the events of a terminal. */
interface Listener {
  /** @param key the name of the key in Node's readline; letters in lower case */
  pressed(key: string): void;
  /** Called when the screen must be redrawn: its size changed, or a shell used it. */
  changed(): void;
  /** Called on Ctrl-C, Ctrl-D, or a signal. */
  quit(): void;
}

/** Takes over the whole terminal. close() restores it, and so does a suspension until the program continues. */
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
    // A serial console has no size.
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Overwrites the lines drawn last. */
  draw(lines: readonly string[]): void {
    // Clears each line before writing it: after a line as wide as the terminal, CLEAR_LINE would erase its last
    // character.
    this.#stdout.write(`${HOME}${lines.map((line) => `${CLEAR_LINE}${line}`).join('\r\n')}${CLEAR_BELOW}`);
  }

  close(): void {
    this.#leave();
    this.#stdin.pause();
  }

  #press({ name = '', ctrl }: Key): void {
    if (!ctrl) this.#listener.pressed(name);
    else if (name === 'c' || name === 'd') this.#listener.quit();
    // Like a terminal in cooked mode, signals the whole job: an npx that waits for this process must be suspended, too.
    else if (name === 'z') process.kill(0, 'SIGTSTP');
  }

  readonly #suspend = (): void => {
    this.#leave();
    // Without a listener, the signal suspends this process inside kill().
    process.off('SIGTSTP', this.#suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', this.#suspend);
    this.#enter();
    this.#resume();
  };

  /** Runs on SIGCONT, so also after a SIGSTOP, which no process can handle. */
  readonly #resume = (): void => {
    // A shell may have changed the mode, and Node skips the call if it believes that the mode is already set.
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
