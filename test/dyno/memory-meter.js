/** The sampling interval in milliseconds. Heroku samples about every 20 s, and misses short peaks. */
const PERIOD = 100;

/** Samples the memory of a dyno. */
export class MemoryMeter {
  /** The last sample, in bytes. */
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
   * @param read returns the bytes in use
   * @param quota bytes
   * @param notice called after each sample
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
