// biome-ignore lint/suspicious/noExplicitAny: whatever somebody else's function takes
type Anything = (...args: any[]) => unknown;

/** Stands around a call: `proceed` makes it. */
export type Around = (proceed: () => unknown, self: unknown, args: readonly unknown[]) => unknown;

/**
 * Functions that are observed for a while. When that is over, objects have their own functions back, and whoever has kept one
 * of the others has one that only passes on.
 */
export class Observation {
  readonly #restorers = new Set<() => void>();
  #isOn = true;

  /** @returns false where there is no such function, or where it cannot be replaced: then nothing has happened */
  observe(object: object, key: string, around: Around): boolean {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    const original = descriptor?.value as Anything | undefined;
    if (typeof original !== 'function' || !descriptor?.writable || !descriptor.configurable) return false;
    const value = this.around(original, around);
    Object.defineProperty(object, key, { ...descriptor, value });
    this.#restorers.add(() => {
      // Unless somebody else has replaced it as well.
      if (Object.getOwnPropertyDescriptor(object, key)?.value === value) Object.defineProperty(object, key, descriptor);
    });
    return true;
  }

  /** A function that seems the same: with its name and prototype, whether it is called, constructed or extended. */
  around(original: Anything, around: Around): Anything {
    const isOn = () => this.#isOn;
    function observed(this: unknown, ...args: unknown[]): unknown {
      const target = new.target === observed ? original : new.target;
      const proceed = () => (target ? Reflect.construct(original, args, target) : Reflect.apply(original, this, args));
      return isOn() ? around(proceed, this, args) : proceed();
    }
    for (const name of Reflect.ownKeys(original)) {
      const descriptor = Object.getOwnPropertyDescriptor(original, name) as PropertyDescriptor;
      // A method has no prototype, and any other function has one that cannot be configured.
      Object.defineProperty(observed, name, name === 'prototype' ? { value: descriptor.value } : descriptor);
    }
    return observed;
  }

  end(): void {
    this.#isOn = false;
    for (const restore of this.#restorers) restore();
    this.#restorers.clear();
  }
}
