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

  /** Whether it has killed one that was not told yet. It counts a process before it kills it: whoever is reaped is counted. */
  take(): boolean {
    if (this.#count() <= this.#told) return false;
    this.#told += 1;
    return true;
  }

  /** Those that nobody has asked for were no workers: a browser that a job has started. */
  forget(): void {
    this.#told = this.#count();
  }

  #count(): number {
    return this.#group.oomKills() ?? 0;
  }
}
