type Anything = (...args: never[]) => unknown;

/**
 * Puts something in the place of one of Node's own methods. To whoever looks at it, it is the same: its name and its length,
 * and whether it is enumerated.
 *
 * @param make gets the original, which it has to call with the `this` and the arguments that it is called with
 * @returns the original
 */
export function replaceMethod<Method extends Anything>(
  object: object,
  name: string,
  make: (original: Method) => Method,
): Method {
  const original = Reflect.get(object, name) as Method;
  const value = Object.defineProperties(make(original), Object.getOwnPropertyDescriptors(original));
  // It may be inherited, as that of an event emitter.
  const place = Object.getOwnPropertyDescriptor(object, name) ?? { writable: true, configurable: true };
  Object.defineProperty(object, name, { ...place, value });
  return original;
}
