import Module, { createRequire, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { packageDirectory } from '../../loading/owner.ts';
import { Observation } from '../../node/observation.ts';
import type { Load } from '../preload/load.ts';
import { isAgent, isMachinery, unrenewableAgent } from './agents.ts';

/**
 * What loading a module does to modules loaded after it:
 *
 * - `started`: an agent patches them in the mold, and workers share them patched;
 * - `dormant`: the agent is loaded, and the application will start it. That happens in the worker, so the modules that it
 *   patches have to be loaded there as well.
 */
export interface Instrumentation {
  readonly state: 'started' | 'dormant';
  /** The name of an agent that is loaded now and cannot become another instance in each worker. */
  readonly unrenewable: string | undefined;
}

/** Whether it started an agent of which there must be no copy. */
export function startsUnrenewableAgent(instrumentation: Instrumentation | undefined): boolean {
  return instrumentation?.state === 'started' && instrumentation.unrenewable !== undefined;
}

interface Internals {
  readonly prototype: Readonly<Record<string, unknown>>;
  readonly _extensions: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

const internals = Module as unknown as Internals;

/** Hooks registered with either see modules that are loaded later, and may change them. */
const REGISTER = ['register', 'registerHooks'] as const;

/** By the paths of loaded CommonJS modules. */
const { cache } = createRequire(import.meta.url);

/** Watches for agents while modules load: for what they do to `require` and `import`, rather than for their names. */
export class InstrumentationWatch {
  readonly #observation = new Observation();
  #files = new Set<string>();
  /** Directories of packages that patch modules. */
  readonly #machinery = new Set<string>();
  #hooks = hooks();
  #registered = 0;
  #takenRegistered = 0;
  /** An agent has started. */
  #isStarted = false;

  constructor() {
    for (const name of REGISTER) {
      this.#observation.observe(Module, name, (proceed) => {
        this.#registered += 1;
        return proceed();
      });
    }
    syncBuiltinESMExports();
    this.take();
  }

  /** What changed since the last call, through loading this. */
  take(load?: Load): Instrumentation | undefined {
    const [files, before] = [new Set(Object.keys(cache)), this.#hooks];
    const added = [...files].filter((file) => !this.#files.has(file));
    this.#files = files;
    this.#hooks = hooks();
    const isStarted =
      this.#hooks.some((hook, index) => hook !== before[index]) || this.#registered > this.#takenRegistered;
    this.#takenRegistered = this.#registered;
    this.#isStarted ||= isStarted;
    const unrenewable = added.map(unrenewableAgent).find((name) => name !== undefined);
    const hasNew = this.#bringsMachinery(added);
    if (isStarted) return { state: 'started', unrenewable };
    const isDormant = (hasNew && !this.#isMoreOfStarted(load)) || (load !== undefined && this.#isUnseenAgent(load));
    return isDormant ? { state: 'dormant', unrenewable } : undefined;
  }

  /** A started agent loads the parts that it needs for a package when it meets that package. */
  #isMoreOfStarted(load: Load | undefined): boolean {
    return this.#isStarted && load !== undefined && !isAgent(load.url);
  }

  /** Whether it is the first of its package: an agent that is there already may load more of itself. */
  #bringsMachinery(files: readonly string[]): boolean {
    const found = new Set(files.flatMap((file) => (isMachinery(file) ? (packageDirectory(file) ?? []) : [])));
    const isNew = [...found].some((directory) => !this.#machinery.has(directory));
    for (const directory of found) this.#machinery.add(directory);
    return isNew;
  }

  /** Node does not list ES modules: where one was imported, its package.json has to say. */
  #isUnseenAgent({ how, url }: Load): boolean {
    if (how !== 'import' || !url?.startsWith('file:') || this.#isStarted) return false;
    return !this.#files.has(fileURLToPath(url)) && isAgent(url);
  }

  /** Whether a package is loaded already. */
  has(directory: string): boolean {
    return [...this.#files].some((file) => file.startsWith(directory));
  }

  end(): void {
    this.#observation.end();
    syncBuiltinESMExports();
  }
}

/** The functions that agents replace to patch modules. */
function hooks(): unknown[] {
  const { prototype, _extensions } = internals;
  const functions = [prototype['require'], prototype['_compile'], prototype['load']];
  return [...functions, internals['_load'], internals['_resolveFilename'], ...Object.values(_extensions)];
}
