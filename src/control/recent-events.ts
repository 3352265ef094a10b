import type { Entry, Logger } from '../log/logger.ts';
import { plain, shorten } from '../text/plain.ts';

/** A log line, as `GET /status` shows it. */
export interface RecentEvent {
  /** When it was logged, in milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly level: 'info' | 'warn' | 'error';
  /** The slot of the worker concerned. */
  readonly worker?: number;
  /** One line of at most 200 characters, without control characters. */
  readonly message: string;
}

const KEPT = 20;
const LENGTH = 200;

/** A logger that remembers the last events, whatever the log level. */
export class RecentEvents implements Logger {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #events: RecentEvent[] = [];

  /**
   * @param logger receives every entry unchanged
   * @param now milliseconds since 1970
   */
  constructor(logger: Logger, now: () => number = Date.now) {
    this.#logger = logger;
    this.#now = now;
  }

  write(entry: Entry): void {
    this.#logger.write(entry);
    const { level, event, fields, message } = entry;
    // Metrics arrive every 20 s and would displace everything else.
    if (level === 'debug' || event === 'metrics') return;
    const { worker } = fields;
    const text = shorten(plain(message), LENGTH);
    const at = this.#now();
    this.#events.push({ at, event, level, ...(typeof worker === 'number' && { worker }), message: text });
    if (this.#events.length > KEPT) this.#events.shift();
  }

  /** Returns at most 20 events, the newest last. */
  list(): readonly RecentEvent[] {
    return [...this.#events];
  }
}
