import { pathToFileURL } from 'node:url';
import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { StatusLink } from '../protocol/channel.ts';
import type { Failure } from '../protocol/messages.ts';
import { context } from './api.ts';
import { describeFailure } from './failure.ts';
import { assumePlace } from './identity.ts';
import { openInspector } from './inspector.ts';
import { registerService, registry } from './registry.ts';
import { Runtime } from './runtime.ts';
import { sharePort } from './shared-port.ts';
import { explainTakenPorts } from './taken-port.ts';

/** Makes this process the worker of the assignment, and loads the application. */
export async function runWorker(assignment: Assignment, link: StatusLink, native?: Native): Promise<void> {
  assumePlace(assignment);
  registry().worker = assignment;
  const onListening = () => link.send({ type: 'listening', worker: assignment.worker });
  if (assignment.port) sharePort(assignment.port, native, onListening);
  if (assignment.mode !== 'inline') explainTakenPorts(assignment, native !== undefined);
  const runtime = new Runtime(assignment, link, registry(), native);
  runtime.start();
  if (assignment.inspect !== undefined) await openInspector(assignment.inspect + assignment.slot, assignment);

  let current: Pick<Failure, 'module' | 'while'> = { module: '', while: 'loading' };
  try {
    const loaded: { module: string; exports: Exports }[] = [];
    for (const module of assignment.modules) {
      current = { module, while: 'loading' };
      loaded.push({ module, exports: await import(pathToFileURL(module).href) });
    }
    current = { ...current, while: 'running an onFork hook of' };
    await runForkHooks();
    for (const { module, exports } of loaded) {
      current = { module, while: 'calling the default export of' };
      await startModule(exports);
    }
    await runForkHooks();
    runtime.ready();
  } catch (error) {
    const failure = { ...current, ...describeFailure(error, current.module) };
    link.send({ type: 'failed', worker: assignment.worker, failure });
    process.exit(1);
  }
}

/** Each of them once; one may register another. */
async function runForkHooks(): Promise<void> {
  const { fork } = registry();
  for (let hook = fork.shift(); hook; hook = fork.shift()) await hook();
}

type Exports = Record<string, unknown>;

/** Calls the default export, and sees to it that what it returns, and what the module exports, is drained. */
async function startModule(exports: Exports): Promise<void> {
  const main = defaultExport(exports);
  for (const exported of new Set(Object.values(exports))) {
    // A promise that a module exports is a value that comes later, not work to wait for.
    if (!(exported instanceof Promise)) registerService(exported);
  }
  if (typeof main !== 'function' || isClass(main) || isRequestListener(main)) return;
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

function isClass(value: object): boolean {
  return /^class[\s{]/.test(Function.prototype.toString.call(value));
}
