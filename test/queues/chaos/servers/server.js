import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server of this run's own, in its directory, that keeps its data when it is stopped and started again. */
export class Server {
  #child;

  /**
   * @param {{ url: string, command: string[], options?: object, ready: RegExp, stops: NodeJS.Signals[] }} description
   *   `ready`: what it prints when it takes connections; `stops`: the signals that end it, the gentlest first
   */
  constructor(description) {
    Object.assign(this, description);
  }

  async start() {
    const [file, ...args] = this.command;
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...this.options });
    this.#child = child;
    const lines = [];
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          if (lines.length < 1000) lines.push(line);
          if (this.ready.test(line)) resolve();
        });
      }
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`${file} did not start:\n${lines.join('\n')}`)));
    });
  }

  async stop(signal = this.stops[0]) {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
