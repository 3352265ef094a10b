type Anything = (...args: never[]) => unknown;

/**
 * Replaces one of Node's own methods. The new one looks the same: its name, its length, and whether it is enumerable.
 *
 * @param make gets the original, and returns a method that calls it with its own `this` and arguments
 * @returns the original
 */
export function replaceMethod<Method extends Anything>(
  object: object,
  name: string,
  make: (original: Method) => Method,
): Method {
  const original = Reflect.get(object, name) as Method;
  const value = Object.defineProperties(make(original), Object.getOwnPropertyDescriptors(original));
  // It may be inherited, as an event emitter's methods are.
  const place = Object.getOwnPropertyDescriptor(object, name) ?? { writable: true, configurable: true };
  Object.defineProperty(object, name, { ...place, value });
  return original;
}
