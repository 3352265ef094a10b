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
 * - `dormant`: the agent is loaded, and the application will start it in the worker. So the modules that it patches
 *   must also be loaded there.
 */
export interface Instrumentation {
  readonly state: 'started' | 'dormant';
  /** Name of an agent that was just loaded and cannot become a separate instance in each worker. */
  readonly unrenewable: string | undefined;
}

/** Whether loading the module started an agent that must not be copied. */
export function startsUnrenewableAgent(instrumentation: Instrumentation | undefined): boolean {
  return instrumentation?.state === 'started' && instrumentation.unrenewable !== undefined;
}

interface Internals {
  readonly prototype: Readonly<Record<string, unknown>>;
  readonly _extensions: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

const internals = Module as unknown as Internals;

/** Functions that register hooks. Hooks see every module that is loaded later, and may change it. */
const REGISTER = ['register', 'registerHooks'] as const;

/** Loaded CommonJS modules, by path. */
const { cache } = createRequire(import.meta.url);

/** Detects agents while modules load, by what they do to `require` and `import` rather than by name. */
export class InstrumentationWatch {
  readonly #observation = new Observation();
  #files = new Set<string>();
  /** Directories of packages that patch modules. */
  readonly #machinery = new Set<string>();
  #hooks = hooks();
  #registered = 0;
  #takenRegistered = 0;
  /** Whether an agent has started. */
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

  /** Returns what loading this changed since the last call. */
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

  /** Whether a started agent loaded more of itself: it loads its parts for a package when that package is loaded. */
  #isMoreOfStarted(load: Load | undefined): boolean {
    return this.#isStarted && load !== undefined && !isAgent(load.url);
  }

  /** Whether these files include machinery of a new package. An agent seen before may load more of itself. */
  #bringsMachinery(files: readonly string[]): boolean {
    const found = new Set(files.flatMap((file) => (isMachinery(file) ? (packageDirectory(file) ?? []) : [])));
    const isNew = [...found].some((directory) => !this.#machinery.has(directory));
    for (const directory of found) this.#machinery.add(directory);
    return isNew;
  }

  /** Whether an agent was imported. Node does not list ES modules, so their package.json files decide. */
  #isUnseenAgent({ how, url }: Load): boolean {
    if (how !== 'import' || !url?.startsWith('file:') || this.#isStarted) return false;
    return !this.#files.has(fileURLToPath(url)) && isAgent(url);
  }

  /** Whether any file in this directory is loaded. */
  has(directory: string): boolean {
    return [...this.#files].some((file) => file.startsWith(directory));
  }

  end(): void {
    this.#observation.end();
    syncBuiltinESMExports();
  }
}

/** Returns the functions that agents replace to patch modules. */
function hooks(): unknown[] {
  const { prototype, _extensions } = internals;
  const functions = [prototype['require'], prototype['_compile'], prototype['load']];
  return [...functions, internals['_load'], internals['_resolveFilename'], ...Object.values(_extensions)];
}
