import Module from 'node:module';

/** A CommonJS module, with a method that Node keeps out of its documentation. */
export type CommonJS = NodeJS.Module & { load(filename: string): void };

/** Functions that Node 20's types lack. The first group is undocumented: Node keeps it because so many packages use it. */
interface ModuleInternals {
  new (id: string, parent?: null): CommonJS;
  readonly _cache: Record<string, CommonJS | undefined>;
  readonly _extensions: Record<string, ((module: object, filename: string) => void) | undefined>;
  _load(filename: string, parent: null, isMain: boolean): unknown;
  _resolveFilename(path: string, parent: null, isMain: boolean): string;
  _nodeModulePaths(directory: string): string[];
  /** What Node itself loads --require modules with. */
  _preloadModules(modules: readonly string[]): void;

  /** From Node 22.13 and 23.2 on. */
  stripTypeScriptTypes?(source: string, options?: { mode: 'strip' | 'transform' }): string;
  /** From Node 22.15 and 23.5 on. */
  registerHooks?(hooks: { load: LoadHook }): { deregister(): void };
}

export interface LoadedSource {
  readonly format: string;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null;
}

type LoadHook = (url: string, context: object, next: (url: string, context: object) => LoadedSource) => LoadedSource;

export const moduleInternals = Module as unknown as ModuleInternals;
