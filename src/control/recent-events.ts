import type { Entry, Logger } from '../log/logger.ts';
import { plain, shorten } from '../text/plain.ts';

/** A line of the log, as `GET /status` shows it. */
export interface RecentEvent {
  /** When it was logged, milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly level: 'info' | 'warn' | 'error';
  /** The slot of the worker that it is about. */
  readonly worker?: number;
  /** One line without control characters, of at most 200 characters. */
  readonly message: string;
}

const KEPT = 20;
const LENGTH = 200;

/** A logger that remembers the last events, at any level of the log. */
export class RecentEvents implements Logger {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #events: RecentEvent[] = [];

  /**
   * @param logger gets each entry as it is
   * @param now milliseconds since 1970
   */
  constructor(logger: Logger, now: () => number = Date.now) {
    this.#logger = logger;
    this.#now = now;
  }

  write(entry: Entry): void {
    this.#logger.write(entry);
    const { level, event, fields, message } = entry;
    // Metrics, every 20 s, would displace all else.
    if (level === 'debug' || event === 'metrics') return;
    const { worker } = fields;
    const text = shorten(plain(message), LENGTH);
    const at = this.#now();
    this.#events.push({ at, event, level, ...(typeof worker === 'number' && { worker }), message: text });
    if (this.#events.length > KEPT) this.#events.shift();
  }

  /** At most 20, the newest last. */
  list(): readonly RecentEvent[] {
    return [...this.#events];
  }
}
