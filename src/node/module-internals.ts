import Module from 'node:module';

/** A CommonJS module, with its undocumented method. */
export type CommonJS = NodeJS.Module & { load(filename: string): void };

/** Functions that Node 20's types lack. The first group is undocumented, but Node keeps it: many packages use it. */
interface ModuleInternals {
  new (id: string, parent?: null): CommonJS;
  readonly _cache: Record<string, CommonJS | undefined>;
  readonly _extensions: Record<string, ((module: object, filename: string) => void) | undefined>;
  _load(filename: string, parent: null, isMain: boolean): unknown;
  _resolveFilename(path: string, parent: null, isMain: boolean): string;
  _nodeModulePaths(directory: string): string[];
  /** Node loads --require modules with this. */
  _preloadModules(modules: readonly string[]): void;

  /** Since Node 22.13 and 23.2. */
  stripTypeScriptTypes?(source: string, options?: { mode: 'strip' | 'transform' }): string;
  /** Since Node 22.15 and 23.5. */
  registerHooks?(hooks: { load: LoadHook }): { deregister(): void };
}

export interface LoadedSource {
  readonly format: string;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null;
}

type LoadHook = (url: string, context: object, next: (url: string, context: object) => LoadedSource) => LoadedSource;

export const moduleInternals = Module as unknown as ModuleInternals;
