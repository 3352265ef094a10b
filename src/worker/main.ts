import { type Exports, expectMain, isRequireHook, loadModule } from '../loading/load-module.ts';
import { mainModule } from '../loading/main-module.ts';
import { preloadModule } from '../loading/preload-module.ts';
import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { StatusLink } from '../protocol/channel.ts';
import { preloadName } from '../protocol/invocation.ts';
import type { Failure } from '../protocol/messages.ts';
import { context } from './api.ts';
import { assumePlace } from './copy/identity.ts';
import { describeFailure } from './failure.ts';
import { openInspector } from './inspector.ts';
import { hidePort } from './port/hidden-port.ts';
import { sharePort } from './port/shared-port.ts';
import { explainTakenPorts } from './port/taken-port.ts';
import { registerService, registry } from './registry.ts';
import { Runtime } from './runtime.ts';

/** Makes this process the worker of the assignment, and loads the application. */
export async function runWorker(assignment: Assignment, link: StatusLink, native?: Native): Promise<void> {
  assumePlace(assignment);
  registry().worker = assignment;
  const showPort = usePort(assignment, link, native);
  if (assignment.mode !== 'inline') explainTakenPorts(assignment, native !== undefined);
  const runtime = new Runtime(assignment, link, registry(), native);
  runtime.start();
  if (assignment.inspect !== undefined) await openInspector(assignment.inspect + assignment.slot, assignment);

  let current: Pick<Failure, 'module' | 'while'> = { module: '', while: 'loading' };
  try {
    const { modules, preloads = [] } = assignment;
    const main = mainModule(modules, process.cwd());
    for (const preload of preloads) {
      current = { module: preloadName(preload), while: 'loading' };
      await preloadModule(preload.option, preload.module);
    }
    if (preloads.length > 0) expectMain(main);
    const loaded: { module: string; exports: Exports }[] = [];
    for (const module of modules) {
      current = { module, while: 'loading' };
      loaded.push({ module, exports: await loadModule(module, module === main) });
    }
    const started = loaded.filter(({ module }) => module === main || !isRequireHook(module));
    current = { ...current, while: 'running an onFork hook of' };
    await runForkHooks();
    for (const { module, exports } of started) {
      current = { module, while: 'calling the default export of' };
      await startModule(exports);
    }
    await runForkHooks();
    showPort?.();
    runtime.ready();
  } catch (error) {
    const failure = { ...current, ...describeFailure(error, current.module) };
    link.send({ type: 'failed', worker: assignment.worker, failure });
    process.exit(1);
  }
}

/** @returns to be called when the worker is ready */
function usePort({ port: inherited, worker }: Assignment, link: StatusLink, native?: Native): (() => void) | undefined {
  if (!inherited) return undefined;
  // Also of one worker alone: while it is replaced, there are two.
  const show = typeof inherited.port === 'number' ? hidePort(inherited.port) : undefined;
  sharePort(inherited, native, (on) => {
    if (on) show?.();
    link.send({ type: 'listening', worker, on });
  });
  return show;
}

/** Each of them once; one may register another. */
async function runForkHooks(): Promise<void> {
  const { fork } = registry();
  for (let hook = fork.shift(); hook; hook = fork.shift()) await hook();
}

/** Calls the default export, and sees to it that what it returns, and what the module exports, is drained. */
async function startModule(exports: Exports): Promise<void> {
  const main = defaultExport(exports);
  let hasServices = false;
  for (const exported of new Set(Object.values(exports))) {
    // A promise that a module exports is a value that comes later, not work to wait for.
    if (!(exported instanceof Promise) && registerService(exported)) hasServices = true;
  }
  if (typeof main !== 'function') return;
  const kind = uncallable(main);
  if (kind !== undefined) {
    // A module that exports its service as well has started it.
    if (hasServices) return;
    throw new UncallableError(kind);
  }
  if (isRequestListener(main)) return;
  const returned: unknown = await main(context);
  for (const service of Array.isArray(returned) ? returned : [returned]) registerService(service);
}

/** CommonJS that was compiled from ESM has its default export one level down. */
function defaultExport({ default: exported }: Exports): unknown {
  const inner = exported as Exports | null | undefined;
  return typeof inner === 'object' && inner?.['__esModule'] ? inner['default'] : exported;
}

/** An application of Express is a function as well, of a request and a response. */
function isRequestListener(value: object): boolean {
  return typeof (value as { listen?: unknown }).listen === 'function';
}

/** What a function is that does nothing when it is called. */
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
    // Where it was thrown is of interest to nobody.
    this.stack = String(this);
  }
}
