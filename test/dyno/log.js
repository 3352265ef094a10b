import { EventEmitter, once } from 'node:events';

/**
 * The log of a dyno, as `heroku logs` shows it, but without timestamps. A line has a `source`, "app" for output of the
 * application or "heroku", and a `text`.
 */
export class Log {
  /** @type {{ source: 'app' | 'heroku', text: string }[]} */
  lines = [];
  #dyno;
  #ended = false;
  #changes = new EventEmitter();

  /** @param dyno the name of the dyno, such as "worker.1" */
  constructor(dyno) {
    this.#dyno = dyno;
    // Each pending wait adds a listener.
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

  /** Yields all lines from the first one, as they arrive, until the dyno has ended. */
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
   * The texts of one source so far.
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
   * @returns the text of the last of them
   * @throws Error if the dyno ends first
   */
  async line(pattern, count = 1) {
    let found = 0;
    for await (const { text } of this) {
      if (pattern.test(text)) found += 1;
      if (found === count) return text;
    }
    throw new Error(`The dyno ended before it printed ${count} × ${pattern}:\n${this}`);
  }

  format({ source, text }) {
    return `${source}[${this.#dyno}]: ${text}`;
  }

  toString() {
    return this.lines.map((line) => this.format(line)).join('\n');
  }
}
