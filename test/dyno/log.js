import { EventEmitter, once } from 'node:events';

/**
 * The log of a dyno, as `heroku logs` shows it without the time. A line has a `source`, "app" for what the application has
 * printed or "heroku", and a `text`.
 */
export class Log {
  /** @type {{ source: 'app' | 'heroku', text: string }[]} */
  lines = [];
  #dyno;
  #ended = false;
  #changes = new EventEmitter();

  /** @param dyno its name, such as "worker.1" */
  constructor(dyno) {
    this.#dyno = dyno;
    // Each wait listens.
    this.#changes.setMaxListeners(0);
  }

  append(source, text) {
    this.lines.push({ source, text });
    this.#changes.emit('change');
  }

  end() {
    this.#ended = true;
    this.#changes.emit('change');
  }

  /** All lines, from the first on, as they come, until the dyno has ended. */
  async *[Symbol.asyncIterator]() {
    for (let next = 0; ; next += 1) {
      while (next === this.lines.length) {
        if (this.#ended) return;
        await once(this.#changes, 'change');
      }
      yield this.lines[next];
    }
  }

  /**
   * What the source has said so far.
   *
   * @param {'app' | 'heroku'} source
   */
  of(source) {
    return this.lines.filter((line) => line.source === source).map(({ text }) => text);
  }

  /**
   * Waits until this many lines match.
   *
   * @param {RegExp} pattern
   * @returns the text of the last of these
   * @throws Error if the dyno ends without
   */
  async line(pattern, count = 1) {
    let found = 0;
    for await (const { text } of this) {
      if (pattern.test(text)) found += 1;
      if (found === count) return text;
    }
    throw new Error(`The dyno ended before it said ${count} × ${pattern}:\n${this}`);
  }

  format({ source, text }) {
    return `${source}[${this.#dyno}]: ${text}`;
  }

  toString() {
    return this.lines.map((line) => this.format(line)).join('\n');
  }
}
