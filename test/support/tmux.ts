import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { inheritedEnvironment, newMark, PATIENCE } from './processes.ts';

/** A real terminal of a given size, whose screen can be read: a tmux server of the test's own. */
export class Screen {
  readonly #server = `swarm-test-${newMark()}`;

  /** @param command a line for a shell */
  constructor(command: string, { columns = 80, rows = 24, env = {} as NodeJS.ProcessEnv } = {}) {
    const size = ['-x', String(columns), '-y', String(rows)];
    // The screen stays when the command has ended, with what it has left there, and with its exit status.
    // On a line that is cleared: after a resize, tmux may leave something there of the screen that the command had.
    const line = `${command}; printf '\\n\\033[2Kexit status %d\\n' $?; exec cat`;
    this.#tmux(['-f', '/dev/null', 'new-session', '-d', ...size, line], env);
    onTestFinished(() => void this.#tmux(['kill-server']));
  }

  /** What is on the screen, line by line. */
  get lines(): string[] {
    return this.text.split('\n');
  }

  get text(): string {
    return this.#tmux(['capture-pane', '-pJ']);
  }

  /** The same with its colours, as escape sequences. */
  get coloured(): string {
    return this.#tmux(['capture-pane', '-pJe']);
  }

  type(keys: string): void {
    this.#tmux(['send-keys', '-l', keys]);
  }

  /** Keys by tmux's names for them, such as Down, NPage (Page Down) or C-z. */
  press(...keys: string[]): void {
    this.#tmux(['send-keys', ...keys]);
  }

  resize(columns: number, rows: number): void {
    this.#tmux(['resize-window', '-x', String(columns), '-y', String(rows)]);
  }

  /** Waits until the screen is as described, by looking again and again: a terminal reports nothing. */
  async until(what: string, condition: (text: string) => boolean): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!condition(this.text)) {
      if (performance.now() > end) throw new Error(`waited in vain for: ${what}\n${this.text}`);
      await sleep(50);
    }
  }

  /** Its exit status, when the command has ended. */
  async exited(): Promise<number> {
    const status = () => /^exit status (\d+) *$/m.exec(this.text)?.[1];
    await this.until('the end of the command', () => status() !== undefined);
    return Number(status());
  }

  #tmux(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
    // TERM: what it runs in, which need not be a terminal at all.
    const environment = { ...inheritedEnvironment(), TERM: 'xterm-256color', TMUX: '', ...env };
    return execFileSync('tmux', ['-L', this.#server, ...args], { env: environment, encoding: 'utf8' });
  }
}
