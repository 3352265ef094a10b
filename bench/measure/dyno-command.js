import { Dyno } from '../../test/dyno/dyno.js';

/** The command of a contender in a simulated dyno; to a session it is like a Command. */
export class DynoCommand {
  /** How it has ended, in words; undefined while it runs. */
  end;
  /** Settles with its end. */
  ended;
  /** What Heroku would have logged, as "R14"; known when it has ended. */
  errors = [];
  #dyno;

  /**
   * @param line for the dyno's shell
   * @param options of the dyno
   */
  constructor(line, options) {
    this.#dyno = new Dyno({ ...options, command: line });
    this.ended = this.#run().then((end) => {
      this.end = end;
    });
  }

  /** All of the dyno's log. */
  get output() {
    return [`${this.#dyno.log}`];
  }

  memory() {
    return this.#dyno.memory();
  }

  terminate() {
    void this.#dyno.stop();
  }

  processes() {
    return this.#dyno.processes();
  }

  kill() {
    void this.#dyno.destroy();
  }

  async #run() {
    try {
      await this.#dyno.start();
    } catch ({ message }) {
      return message;
    }
    const { status, errors } = await this.#dyno.exited;
    this.errors = errors;
    return [`status ${status}`, ...errors].join(', ');
  }
}
