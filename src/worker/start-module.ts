import type { Exports } from '../loading/load-module.ts';
import { context } from './api.ts';
import { registerService } from './registry.ts';

/** Calls the default export. Registers the services that it returns and those that the module exports. */
export async function startModule(exports: Exports): Promise<void> {
  const main = defaultExport(exports);
  let hasServices = false;
  for (const exported of new Set(Object.values(exports))) {
    // An exported promise is a value not yet available, not work to wait for.
    if (!(exported instanceof Promise) && registerService(exported)) hasServices = true;
  }
  if (typeof main !== 'function') return;
  const kind = uncallable(main);
  if (kind !== undefined) {
    // The module started its work while loading, and exports the service.
    if (hasServices) return;
    throw new UncallableError(kind);
  }
  if (isRequestListener(main)) return;
  const returned: unknown = await main(context);
  for (const service of Array.isArray(returned) ? returned : [returned]) registerService(service);
}

/** In CommonJS compiled from an ES module, the default export is one level down. */
function defaultExport({ default: exported }: Exports): unknown {
  const inner = exported as Exports | null | undefined;
  return typeof inner === 'object' && inner?.['__esModule'] ? inner['default'] : exported;
}

/** An Express application is also a function, but it takes a request and a response. */
function isRequestListener(value: object): boolean {
  return typeof (value as { listen?: unknown }).listen === 'function';
}

/** Names the kind of function if calling it would do nothing. */
function uncallable(value: object): string | undefined {
  if (/^class[\s{]/.test(Function.prototype.toString.call(value))) return 'a class';
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  return tag === 'GeneratorFunction' || tag === 'AsyncGeneratorFunction' ? 'a generator function' : undefined;
}

class UncallableError extends TypeError {
  constructor(kind: string) {
    super(
      `it is ${kind}, which does no work when swarm calls it, so this worker would do nothing. ` +
        'Export a function that starts the work, as in "export default () => new Jobs().start()"',
    );
    this.name = 'TypeError';
    // A stack would show only swarm's own code.
    this.stack = String(this);
  }
}
