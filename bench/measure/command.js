import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { killMarked, MARK, processesMarked } from './processes.js';

/** The number of output lines to keep, to explain a failure. */
const KEPT_LINES = 40;

/** The command of a contender, with all its descendants. */
export class Command {
  /** Its last output lines. */
  output = [];
  /** A description of its end; undefined while it runs. */
  end;
  /** Resolves when it has ended. */
  ended;
  #mark = `${process.pid}.${performance.now()}`;
  #child;

  /**
   * @param node the binary
   * @param options { cwd, home, environment }; the command inherits only PATH from the bench
   */
  constructor(node, args, { cwd, home, environment }) {
    const child = spawn(node, args, {
      cwd,
      env: {
        PATH: [dirname(node), process.env.PATH].join(delimiter),
        HOME: home,
        LANG: 'C.UTF-8',
        NODE_ENV: 'production',
        ...environment,
        [MARK]: this.#mark,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a new process group, so that only the bench gets Ctrl-C.
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', this.#keep);
    this.ended = new Promise((resolve) => {
      child.on('error', ({ message }) => resolve(message));
      // Not "exit": its last output can explain the end.
      child.on('close', (status, signal) => resolve(signal ?? `status ${status}`));
    }).then((end) => {
      this.end = end;
    });
  }

  terminate() {
    this.#child.kill('SIGTERM');
  }

  /** The pids of all its processes. */
  processes() {
    return processesMarked(this.#mark);
  }

  /** Kills all its processes. */
  kill() {
    killMarked(this.#mark);
  }

  #keep = (line) => {
    this.output.push(line);
    this.output.splice(0, this.output.length - KEPT_LINES);
  };
}
