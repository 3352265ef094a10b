/** Between two looks. Milliseconds. Heroku looks about every 20 s, and misses what is short. */
const PERIOD = 100;

/** Looks at the memory of a dyno again and again, and keeps the score. */
export class MemoryMeter {
  /** Bytes. */
  now = 0;
  peak = 0;
  /** Milliseconds above the quota. */
  over = 0;
  #read;
  #quota;
  #notice;
  #timer;
  #lookedAt;

  /**
   * @param read gives the bytes in use
   * @param quota bytes
   * @param notice called after each look
   */
  constructor(read, quota, notice) {
    this.#read = read;
    this.#quota = quota;
    this.#notice = notice;
  }

  start() {
    this.#lookedAt = performance.now();
    this.#timer = setInterval(() => this.look(), PERIOD);
  }

  stop() {
    clearInterval(this.#timer);
  }

  look() {
    const at = performance.now();
    this.now = this.#read();
    this.peak = Math.max(this.peak, this.now);
    if (this.now > this.#quota) this.over += at - this.#lookedAt;
    this.#lookedAt = at;
    this.#notice();
  }
}
