/** Keeps what happens until there is somebody to tell. */
export class Queue<Item> {
  readonly #early: Item[] = [];
  readonly #watchers: ((item: Item) => void)[] = [];
  #receive = (item: Item): void => void this.#early.push(item);

  push(item: Item): void {
    for (const watch of this.#watchers) watch(item);
    this.#receive(item);
  }

  /** Resolves when the first such item comes. */
  first(matches: (item: Item) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push((item) => {
        if (matches(item)) resolve();
      });
    });
  }

  /** From now on, beginning with what has come already. */
  drainTo(receive: (item: Item) => void): void {
    this.#receive = receive;
    for (const item of this.#early.splice(0)) receive(item);
  }
}
