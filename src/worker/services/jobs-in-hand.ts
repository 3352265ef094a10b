/** The jobs that a library has announced by its events and that have not ended, oldest first. */
export class JobsInHand {
  readonly #jobs = new Map<string, string>();

  began(id: unknown, name?: string): void {
    this.#jobs.set(String(id), describeJob(id, name));
  }

  ended(id: unknown): void {
    this.#jobs.delete(String(id));
  }

  /** There can be no more than that: those before have ended, and nothing was heard of it. */
  atMost(count: number): void {
    for (const id of this.#jobs.keys()) {
      if (this.#jobs.size <= count) return;
      this.#jobs.delete(id);
    }
  }

  describe(): string[] {
    return [...this.#jobs.values()];
  }
}

/** `job 42 "welcome"` */
export function describeJob(id: unknown, name?: string): string {
  return name ? `job ${id} "${name}"` : `job ${id}`;
}
