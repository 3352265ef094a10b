import type { Logger } from '../log/logger.ts';
import type { Output } from '../log/output.ts';

/** Time after the workers' deadline for KILL, reaping and the end of the mold. Milliseconds. */
const MARGIN = 5000;

/**
 * Handles an uncaught error, which is a bug in swarm: shows it, gives the workers their time to stop, and exits with 1.
 * Further errors change nothing.
 */
export class LastResort {
  readonly #stderr: Output;
  readonly #leave: (status: 1) => void;
  #logger: Pick<Logger, 'write'> | undefined;
  #stop: (() => void) | undefined;
  #timeout = 0;
  #struck = false;

  /** @param leave ends this process in any state. Its workers notice that, and stop within a deadline of their own. */
  constructor(stderr: Output, leave: (status: 1) => void) {
    this.#stderr = stderr;
    this.#leave = leave;
    // This includes unhandled rejections.
    process.on('uncaughtException', (error) => this.#strike(error));
  }

  /** From now on, an error is also logged. */
  logTo(logger: Pick<Logger, 'write'>): void {
    this.#logger = logger;
  }

  /**
   * From now on, there may be workers.
   *
   * @param stop stops them
   * @param timeout how long that can take, milliseconds
   */
  stopWith(stop: () => void, timeout: number): void {
    this.#stop = stop;
    this.#timeout = timeout;
  }

  #strike(error: unknown): void {
    if (this.#struck) return;
    this.#struck = true;
    const leave = () => this.#leave(1);
    // Not unref(): this process must end even if its event loop is broken.
    setTimeout(leave, this.#timeout + MARGIN);
    try {
      this.#tell(error);
    } catch {
      // Stopping the workers matters more than saying why.
    }
    try {
      if (this.#stop) this.#stop();
      else leave();
    } catch {
      leave();
    }
  }

  #tell(error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#stderr.write(`${stack}\n`);
    const [sentence = ''] = stack.split('\n');
    const message = `${sentence}: this is a bug in swarm, which stops its workers and exits with status 1. Please report it, with the stack on stderr`;
    this.#logger?.write({
      level: 'error',
      event: 'crash',
      fields: { error: sentence, stack: onOneLine(stack) },
      message,
    });
  }
}

/** "emit (/app/a.js:12:9) < run (/app/b.js:20:3)" */
function onOneLine(stack: string): string {
  const frames = [...stack.matchAll(/^ +at (.+)$/gm)];
  return frames.map(([, frame]) => frame).join(' < ');
}
