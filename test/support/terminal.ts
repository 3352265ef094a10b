import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFailed, onTestFinished } from 'vitest';
import { inheritedEnvironment, kill, MARK, newMark, processesMarked, untilProcesses } from './processes.ts';
import { BIN, FIXTURES, NODE } from './swarm.ts';

interface Options {
  /** The program to run instead of `swarm`. */
  program?: string;
  cwd?: string;
}

/** `bin/swarm` on a real terminal, which script(1) creates. Input reaches it as from a keyboard. */
export class Terminal {
  #screen = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly #mark = newMark();

  /** @param command as typed after "swarm " */
  constructor(
    command: string,
    env: NodeJS.ProcessEnv,
    { program = `"${NODE}" "${BIN}"`, cwd = FIXTURES }: Options = {},
  ) {
    // -e: the status of the command. -f: no buffering. exec: no shell between the terminal and swarm.
    this.#child = spawn('script', ['-qefc', `exec ${program} ${command}`, '/dev/null'], {
      cwd,
      env: { ...inheritedEnvironment(), ...env, [MARK]: this.#mark },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
      for (const look of this.#waiting) look();
    });
    this.exited = new Promise((resolve) => this.#child.once('close', resolve));
    onTestFinished(() => {
      for (const pid of processesMarked(this.#mark)) kill(pid, 'SIGKILL');
    });
    onTestFailed(() => console.error(this.screen));
  }

  /** The output so far, without colors. */
  get screen(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    return this.#screen.replace(/\u001b\[[\d;]*m/g, '').replaceAll('\r\n', '\n');
  }

  /** Ends script(1), and with it the terminal. */
  hangUp(): void {
    this.#child.kill('SIGKILL');
  }

  gone(): Promise<void> {
    return untilProcesses('no process', this.#mark, (pids) => pids.length === 0);
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until the output matches the pattern `count` times. */
  shows(pattern: RegExp, count = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if ([...this.screen.matchAll(new RegExp(pattern, 'g'))].length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
