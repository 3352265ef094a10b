import { Cgroup } from './cgroup.ts';
import { Files } from './reading.ts';

/** Tells whether the kernel killed a process because the container, or the machine, was out of memory. */
export class OomKills {
  readonly #group: Cgroup;
  #told: number;

  /** @param root the directory that contains proc and sys */
  constructor(root = '/') {
    this.#group = new Cgroup(new Files(root));
    this.#told = this.#count();
  }

  /**
   * Returns whether the kernel killed a process that no earlier call has reported. It counts a process before it kills
   * it, so a reaped process has been counted.
   */
  take(): boolean {
    if (this.#count() <= this.#told) return false;
    this.#told += 1;
    return true;
  }

  /** Discards kills that no worker's exit has claimed. They hit other processes, such as a browser of a job. */
  forget(): void {
    this.#told = this.#count();
  }

  #count(): number {
    return this.#group.oomKills() ?? 0;
  }
}
