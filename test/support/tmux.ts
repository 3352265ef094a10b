import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { inheritedEnvironment, newMark, PATIENCE } from './processes.ts';

/** A real terminal of a given size whose screen can be read: a tmux server for one test. */
export class Screen {
  readonly #server = `swarm-test-${newMark()}`;

  /** @param command a shell command */
  constructor(command: string, { columns = 80, rows = 24, env = {} as NodeJS.ProcessEnv } = {}) {
    const size = ['-x', String(columns), '-y', String(rows)];
    // When the command has ended, the screen keeps its output, and shows its exit status. That line is cleared first:
    // after a resize, tmux can leave text of the command's alternate screen there.
    const line = `${command}; printf '\\n\\033[2Kexit status %d\\n' $?; exec cat`;
    this.#tmux(['-f', '/dev/null', 'new-session', '-d', ...size, line], env);
    onTestFinished(() => void this.#tmux(['kill-server']));
  }

  /** The lines on the screen. */
  get lines(): string[] {
    return this.text.split('\n');
  }

  get text(): string {
    return this.#tmux(['capture-pane', '-pJ']);
  }

  /** The text on the screen with escape sequences for its colors. */
  get colored(): string {
    return this.#tmux(['capture-pane', '-pJe']);
  }

  type(keys: string): void {
    this.#tmux(['send-keys', '-l', keys]);
  }

  /** Presses keys by their tmux names, such as Down, NPage (Page Down) or C-z. */
  press(...keys: string[]): void {
    this.#tmux(['send-keys', ...keys]);
  }

  resize(columns: number, rows: number): void {
    this.#tmux(['resize-window', '-x', String(columns), '-y', String(rows)]);
  }

  /** Polls until the screen meets the condition: a terminal sends no events. */
  async until(what: string, condition: (text: string) => boolean): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!condition(this.text)) {
      if (performance.now() > end) throw new Error(`timed out waiting for: ${what}\n${this.text}`);
      await sleep(50);
    }
  }

  /** Waits until the command has ended. Returns its exit status. */
  async exited(): Promise<number> {
    const status = () => /^exit status (\d+) *$/m.exec(this.text)?.[1];
    await this.until('the end of the command', () => status() !== undefined);
    return Number(status());
  }

  #tmux(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
    // tmux needs a TERM, even where the tests run without a terminal.
    const environment = { ...inheritedEnvironment(), TERM: 'xterm-256color', TMUX: '', ...env };
    return execFileSync('tmux', ['-L', this.#server, ...args], { env: environment, encoding: 'utf8' });
  }
}
