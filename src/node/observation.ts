// biome-ignore lint/suspicious/noExplicitAny: whatever somebody else's function takes
type Anything = (...args: any[]) => unknown;

/**
 * Wraps a call.
 *
 * @param proceed makes the call
 * @param callee the function that was called in place of the original: its caller is above it on the stack
 */
export type Around = (
  proceed: () => unknown,
  self: unknown,
  args: readonly unknown[],
  callee: (...args: never[]) => unknown,
) => unknown;

/**
 * Observes functions for a while. Afterwards, objects have their original functions again, and an observed function
 * that other code has kept only passes calls on.
 */
export class Observation {
  readonly #restorers: (() => void)[] = [];
  #isOn = true;

  /** @returns false, without changing anything, if there is no such function or it cannot be replaced */
  observe(object: object, key: string, around: Around): boolean {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    const original = descriptor?.value as Anything | undefined;
    if (typeof original !== 'function' || !descriptor?.writable || !descriptor.configurable) return false;
    this.put(object, key, { ...descriptor, value: this.around(original, around) });
    return true;
  }

  /** Replaces a configurable property until end(). */
  put(object: object, key: string, descriptor: PropertyDescriptor): void {
    const original = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    Object.defineProperty(object, key, descriptor);
    this.#restorers.push(() => {
      // Leave it alone if other code has replaced it since.
      const { value, get } = Object.getOwnPropertyDescriptor(object, key) ?? {};
      if (value === descriptor.value && get === descriptor.get) Object.defineProperty(object, key, original);
    });
  }

  /** Returns a function that looks like the original, with its name and prototype, even if constructed or extended. */
  around(original: Anything, around: Around): Anything {
    const isOn = () => this.#isOn;
    function observed(this: unknown, ...args: unknown[]): unknown {
      // Code that has kept this function can call it after the end.
      if (!isOn() && !new.target) return Reflect.apply(original, this, args);
      const target = new.target === observed ? original : new.target;
      const proceed = () => (target ? Reflect.construct(original, args, target) : Reflect.apply(original, this, args));
      return isOn() ? around(proceed, this, args, observed) : proceed();
    }
    for (const name of Reflect.ownKeys(original)) {
      const descriptor = Object.getOwnPropertyDescriptor(original, name) as PropertyDescriptor;
      // A method has no prototype. Any other function has one that cannot be configured.
      Object.defineProperty(observed, name, name === 'prototype' ? { value: descriptor.value } : descriptor);
    }
    return observed;
  }

  end(): void {
    this.#isOn = false;
    for (const restore of this.#restorers.splice(0)) restore();
  }
}
