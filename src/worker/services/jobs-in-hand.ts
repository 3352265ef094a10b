/** The running jobs, according to the library's events, oldest first. */
export class JobsInHand {
  readonly #jobs = new Map<string, string>();

  began(id: unknown, name?: string): void {
    this.#jobs.set(String(id), describeJob(id, name));
  }

  ended(id: unknown): void {
    this.#jobs.delete(String(id));
  }

  /** Drops the oldest jobs beyond this number: they ended without an event. */
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

/** Formats a job: `job 42 "welcome"`. */
export function describeJob(id: unknown, name?: string): string {
  return name ? `job ${id} "${name}"` : `job ${id}`;
}
