type Anything = (...args: never[]) => unknown;

/**
 * Replaces one of Node's own methods. The new one has the same name, length and enumerability.
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
  // It can be inherited, like an event emitter's methods.
  const place = Object.getOwnPropertyDescriptor(object, name) ?? { writable: true, configurable: true };
  Object.defineProperty(object, name, { ...place, value });
  return original;
}
