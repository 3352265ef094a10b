import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

/** SDK modules, of any version, that contain the class of resources. A resource describes the process. */
const RESOURCE = /\/@opentelemetry\/resources\/build\/[^/]+\/Resource(?:Impl)?\.js$/;

/** The form of ids that the SDK draws. Ids in another form were set by the user. */
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

type Attributes = Record<string, unknown>;

const { cache } = createRequire(import.meta.url);

interface Exports {
  /** SDK 1.x. */
  readonly Resource?: { readonly prototype: object };
  /** SDK 2.x. */
  readonly resourceFromAttributes?: (attributes: Attributes) => object;
}

/**
 * Finds the class of the resources created before the fork. Providers keep the resources themselves out of reach.
 *
 * @param original the pid of the process that created them
 * @returns a function that makes them describe the current process, with its pid and a new instance id
 */
export function findOpenTelemetry(original: number): () => void {
  const prototypes = Object.entries(cache).flatMap(([file, module]) =>
    RESOURCE.test(file) ? (prototypeIn(module?.exports as Exports) ?? []) : [],
  );
  return () => {
    if (prototypes.length === 0) return;
    const instance = randomUUID();
    const renew = (attributes: Attributes): void => {
      const { 'service.instance.id': id } = attributes;
      if (attributes['process.pid'] === original) attributes['process.pid'] = process.pid;
      if (typeof id === 'string' && UUID.test(id)) attributes['service.instance.id'] = instance;
    };
    for (const prototype of prototypes) onAttributes(prototype, renew);
  };
}

function prototypeIn({ Resource, resourceFromAttributes }: Exports): object | undefined {
  if (Resource) return Resource.prototype;
  return resourceFromAttributes && (Object.getPrototypeOf(resourceFromAttributes({})) as object);
}

/** Renews attributes whenever they are read, because some are still being detected. */
function onAttributes(prototype: object, renew: (attributes: Attributes) => void): void {
  const original = Object.getOwnPropertyDescriptor(prototype, 'attributes');
  if (!original?.get || !original.configurable) return;
  const { get } = original;
  Object.defineProperty(prototype, 'attributes', {
    ...original,
    get(this: object) {
      const attributes = Reflect.apply(get, this, []) as Attributes;
      renew(attributes);
      return attributes;
    },
  });
}
