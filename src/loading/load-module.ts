import Module from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isCommonJS } from './format.ts';
import { importMain } from './import-main.ts';

/** By their names, as of an ES module: `default` is what a CommonJS module has exported. */
export type Exports = Record<string, unknown>;

type CommonJS = NodeJS.Module & { load(filename: string): void };

/** What node:module has besides, and what Node keeps because so many packages use it. */
interface Internals {
  new (id: string, parent: null): CommonJS;
  readonly _cache: Record<string, CommonJS | undefined>;
  readonly _extensions: Readonly<Record<string, unknown>>;
  _load(filename: string, parent: null, isMain: boolean): unknown;
  _resolveFilename(path: string, parent: null, isMain: boolean): string;
  _nodeModulePaths(directory: string): string[];
}

const internals = Module as unknown as Internals;

/** Files of require hooks. A worker knows those that its mold has loaded. */
const hooks = new Set<string>();

/** Whether this `-r` module has changed how `require` compiles files, as ts-node/register does: it has no work to start. */
export function isRequireHook(path: string): boolean {
  return hooks.has(path);
}

/**
 * Loads a `-r` module as `node` would. What is loaded already comes out of Node's cache.
 *
 * @param path absolute
 * @param isMain it is the program: the one that `require.main` and `import.meta.main` mean
 */
export async function loadModule(path: string, isMain: boolean): Promise<Exports> {
  if (isMain) return loadAs(path, true);
  const before = Object.entries(internals._extensions);
  const exports = await loadAs(path, false);
  const after = internals._extensions;
  if (Object.keys(after).length !== before.length || before.some(([name, load]) => after[name] !== load))
    hooks.add(path);
  return exports;
}

async function loadAs(path: string, isMain: boolean): Promise<Exports> {
  const filename = internals._resolveFilename(path, null, isMain);
  if (isCommonJS(filename, true))
    return asExports(isMain ? await inTurn(() => loadMain(filename)) : internals._load(filename, null, false));
  const { href } = pathToFileURL(filename);
  if (!isMain) return import(href);
  // In inline mode bin/swarm is the main module of this process. Beside a program that is an ES module there is none.
  setMainModule(undefined);
  return importMain(href);
}

/**
 * For what is loaded before the program: `require.main` is fixed in a module when that is loaded. Packages look up
 * `require.main.filename`.
 */
export function expectMain(path: string): void {
  try {
    const filename = internals._resolveFilename(path, null, true);
    if (isCommonJS(filename, false)) becomeMain(filename);
  } catch {
    // It is not there. To load it says so.
  }
}

/**
 * Not from a promise, as all here is called: there, what a program has left for promises would come before what it has left
 * for process.nextTick().
 */
function inTurn<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** As Module._load() does for a main module, but for the one that was expected. */
function loadMain(filename: string): unknown {
  const cached = internals._cache[filename];
  if (cached) return cached.exports;
  const expected = process.mainModule as CommonJS | undefined;
  const main = expected?.filename === filename ? expected : becomeMain(filename);
  internals._cache[filename] = main;
  try {
    main.load(filename);
  } catch (error) {
    delete internals._cache[filename];
    throw error;
  }
  return main.exports;
}

function becomeMain(filename: string): CommonJS {
  const main = new internals(filename, null);
  Object.assign(main, { id: '.', filename, paths: internals._nodeModulePaths(dirname(filename)) });
  setMainModule(main);
  // Of Module.prototype, and so of each module: `module.require.main`.
  Object.assign(main.require, { main });
  return main;
}

function setMainModule(value: CommonJS | undefined): void {
  Object.defineProperty(process, 'mainModule', { value, writable: true, enumerable: true, configurable: true });
}

/** CommonJS that was compiled from ES modules has its default export one level down. */
function asExports(exports: unknown): Exports {
  if (!isObject(exports)) return { default: exports };
  const { default: inner, __esModule: isCompiled } = exports;
  const named = isNamespace(exports) ? { ...exports } : {};
  return { ...named, default: isCompiled || typeof inner === 'function' ? inner : exports };
}

function isObject(value: unknown): value is Exports {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** As opposed to an instance of something, whose properties are its own affair. */
function isNamespace(exports: Exports): boolean {
  const prototype: unknown = Object.getPrototypeOf(exports);
  // An application of Express is a function, and has much besides.
  if (typeof exports === 'function') return !('listen' in exports);
  return prototype === Object.prototype || prototype === null;
}
