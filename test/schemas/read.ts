/** Records the path of each property that is read. A property that the validator never reads is not in the schema. */
export function watched<Value extends object>(value: Value, read: Set<string>, path = ''): Value {
  return new Proxy(value, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name);
      if (typeof name === 'symbol' || !Object.hasOwn(target, name)) return found;
      const here = `${path}/${name}`;
      read.add(here);
      return isObject(found) ? watched(found, read, here) : found;
    },
  });
}

/** The paths of all properties. */
export function pathsIn(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, child]: [string, unknown]) => {
    const here = `${path}/${name}`;
    return [here, ...(isObject(child) ? pathsIn(child, here) : [])];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
