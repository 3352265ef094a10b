import Module, { createRequire, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { packageDirectory } from '../../loading/owner.ts';
import { Observation } from '../../node/observation.ts';
import type { Load } from '../preload/load.ts';
import { isAgent, isMachinery, unrenewableAgent } from './agents.ts';

/**
 * What loading a module has done to those that are loaded after it:
 *
 * - `started`: they are patched, here and now, and shared as such;
 * - `dormant`: what patches them is there, and the application starts it. That happens in the worker, so what is to be
 *   patched has to be loaded there, too.
 */
export interface Instrumentation {
  readonly state: 'started' | 'dormant';
  /** An agent that is there now and cannot be made another instance in each worker. */
  readonly unrenewable: string | undefined;
}

/** Whether there is an agent now that another process must not be a copy of. */
export function startsUnrenewableAgent(instrumentation: Instrumentation | undefined): boolean {
  return instrumentation?.state === 'started' && instrumentation.unrenewable !== undefined;
}

interface Internals {
  readonly prototype: Readonly<Record<string, unknown>>;
  readonly _extensions: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

const internals = Module as unknown as Internals;

/** Each of them has files that are loaded later go through somebody's hands. */
const REGISTER = ['register', 'registerHooks'] as const;

/** The files of CommonJS modules that are loaded. */
const { cache } = createRequire(import.meta.url);

/** Watches for agents while modules are loaded. By what they do to `require` and `import`, rather than by their names. */
export class InstrumentationWatch {
  readonly #observation = new Observation();
  #files = new Set<string>();
  /** Directories of packages that patch modules. */
  readonly #machinery = new Set<string>();
  #hooks = hooks();
  #registered = 0;
  #takenRegistered = 0;
  /** Something has been started by now. */
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

  /** What has changed since it was last asked, through loading this. */
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

  /** An agent that has started loads what it needs for a package when it meets that. */
  #isMoreOfStarted(load: Load | undefined): boolean {
    return this.#isStarted && load !== undefined && !isAgent(load.url);
  }

  /** An agent that is there already may load more of itself when it meets a package that it patches. */
  #bringsMachinery(files: readonly string[]): boolean {
    const found = new Set(files.flatMap((file) => (isMachinery(file) ? (packageDirectory(file) ?? []) : [])));
    const isNew = [...found].some((directory) => !this.#machinery.has(directory));
    for (const directory of found) this.#machinery.add(directory);
    return isNew;
  }

  /** The files of ES modules cannot be listed: where one has been imported, its package.json has to tell. */
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

/** What is replaced in order to patch modules. */
function hooks(): unknown[] {
  const { prototype, _extensions } = internals;
  const functions = [prototype['require'], prototype['_compile'], prototype['load']];
  return [...functions, internals['_load'], internals['_resolveFilename'], ...Object.values(_extensions)];
}
