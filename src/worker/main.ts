import { type Exports, expectMain, isRequireHook, loadModule } from '../loading/load-module.ts';
import { mainModule } from '../loading/main-module.ts';
import { preloadModule } from '../loading/preload-module.ts';
import { exportedWarmUp, takeWarmUps } from '../loading/warm-ups.ts';
import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { StatusLink } from '../protocol/channel.ts';
import { preloadName } from '../protocol/invocation.ts';
import type { Failure } from '../protocol/messages.ts';
import { toFailure } from './failure.ts';
import { openInspector } from './inspector.ts';
import { assumePlace } from './place.ts';
import { hidePort } from './port/hidden-port.ts';
import { sharePort } from './port/shared-port.ts';
import { explainTakenPorts } from './port/taken-port.ts';
import { registry } from './registry.ts';
import { Runtime } from './runtime.ts';
import { startModule } from './start-module.ts';

interface Loaded {
  module: string;
  exports: Exports;
}

/** Makes this process the assigned worker, and loads the application. */
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
    const loaded: Loaded[] = [];
    for (const module of modules) {
      current = { module, while: 'loading' };
      loaded.push({ module, exports: await loadModule(module, module === main) });
    }
    if (isLeftCold(loaded)) link.send({ type: 'not-warmed', workerId: assignment.workerId });
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
    const failure = { ...current, ...toFailure(error, current.module) };
    link.send({ type: 'failed', workerId: assignment.workerId, failure });
    process.exit(1);
  }
}

/**
 * Whether the modules have a warm-up that the mold did not run, because it did not load them. A mold that runs warm-ups
 * takes them out of the list.
 */
function isLeftCold(loaded: readonly Loaded[]): boolean {
  const registered = takeWarmUps();
  if (!registered) return false;
  return registered.length > 0 || loaded.some(({ exports }) => exportedWarmUp(exports) !== undefined);
}

/** @returns a function to call when the worker is ready */
function usePort(
  { port: inherited, workerId }: Assignment,
  link: StatusLink,
  native?: Native,
): (() => void) | undefined {
  if (!inherited) return undefined;
  // Even with a single worker: during its replacement there are two.
  const show = typeof inherited.port === 'number' ? hidePort(inherited.port) : undefined;
  sharePort(inherited, native, (on) => {
    if (on) show?.();
    link.send({ type: 'listening', workerId, on });
  });
  return show;
}

/** Runs each hook once. A hook can register another one. */
async function runForkHooks(): Promise<void> {
  const { fork } = registry();
  for (let hook = fork.shift(); hook; hook = fork.shift()) await hook();
}
