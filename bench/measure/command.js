import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { killMarked, MARK, processesMarked } from './processes.js';

/** Lines of output that are kept, to explain a failure. */
const KEPT_LINES = 40;

/** The command of a contender, and all processes that descend from it. */
export class Command {
  /** The last that it has printed. */
  output = [];
  /** How it has ended, in words; undefined while it runs. */
  end;
  /** Settles with its end. */
  ended;
  #mark = `${process.pid}.${performance.now()}`;
  #child;

  /**
   * @param node the binary
   * @param options { cwd, home, environment }; of the environment of the bench only PATH is passed on
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
      // In a process group of its own: Ctrl-C is the bench's affair.
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', this.#keep);
    this.ended = new Promise((resolve) => {
      child.on('error', ({ message }) => resolve(message));
      // Not "exit": its last words may say why.
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

  /** Ends all of them, at once. */
  kill() {
    killMarked(this.#mark);
  }

  #keep = (line) => {
    this.output.push(line);
    this.output.splice(0, this.output.length - KEPT_LINES);
  };
}
