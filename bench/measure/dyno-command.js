import { Dyno } from '../../test/dyno/dyno.js';

/** The command of a contender in a simulated dyno, with the interface of Command. */
export class DynoCommand {
  /** A description of its end; undefined while it runs. */
  end;
  /** Resolves when it has ended. */
  ended;
  /** The errors that Heroku would have logged, such as "R14"; set when it has ended. */
  errors = [];
  #dyno;

  /**
   * @param line the command line for the dyno's shell
   * @param options the options of the dyno
   */
  constructor(line, options) {
    this.#dyno = new Dyno({ ...options, command: line });
    this.ended = this.#run().then((end) => {
      this.end = end;
    });
  }

  /** The whole log of the dyno. */
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
