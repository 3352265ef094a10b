import type { Exports } from '../loading/load-module.ts';
import { context } from './api.ts';
import { registerService } from './registry.ts';

/** Calls the default export. Registers services that it returns or that the module exports, so that they are drained. */
export async function startModule(exports: Exports): Promise<void> {
  const main = defaultExport(exports);
  let hasServices = false;
  for (const exported of new Set(Object.values(exports))) {
    // An exported promise is a value that comes later, not work to wait for.
    if (!(exported instanceof Promise) && registerService(exported)) hasServices = true;
  }
  if (typeof main !== 'function') return;
  const kind = uncallable(main);
  if (kind !== undefined) {
    // The module has started the work itself: it exports the service.
    if (hasServices) return;
    throw new UncallableError(kind);
  }
  if (isRequestListener(main)) return;
  const returned: unknown = await main(context);
  for (const service of Array.isArray(returned) ? returned : [returned]) registerService(service);
}

/** CommonJS that was compiled from an ES module has its default export one level down. */
function defaultExport({ default: exported }: Exports): unknown {
  const inner = exported as Exports | null | undefined;
  return typeof inner === 'object' && inner?.['__esModule'] ? inner['default'] : exported;
}

/** An Express application is a function too: of a request and a response. */
function isRequestListener(value: object): boolean {
  return typeof (value as { listen?: unknown }).listen === 'function';
}

/** What kind of function it is, if a call would do nothing. */
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
    // Its stack would show swarm's own code.
    this.stack = String(this);
  }
}
