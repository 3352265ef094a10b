import { Cgroup } from './cgroup.ts';
import { Files } from './reading.ts';

/** Tells whether the kernel has killed a process here because the container, or the machine, was out of memory. */
export class OomKills {
  readonly #group: Cgroup;
  #told: number;

  /** @param root the directory in which proc and sys are */
  constructor(root = '/') {
    this.#group = new Cgroup(new Files(root));
    this.#told = this.#count();
  }

  /**
   * Whether the kernel has killed a process that no call has reported yet. It counts a process before it kills it, so a
   * reaped process is counted.
   */
  take(): boolean {
    if (this.#count() <= this.#told) return false;
    this.#told += 1;
    return true;
  }

  /** Kills that no exit of a worker explains hit other processes, such as a browser that a job has started. */
  forget(): void {
    this.#told = this.#count();
  }

  #count(): number {
    return this.#group.oomKills() ?? 0;
  }
}
