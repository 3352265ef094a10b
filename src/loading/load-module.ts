import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommonJS, moduleInternals as internals } from '../node/module-internals.ts';
import { isCommonJS } from './format.ts';
import { importMain } from './import-main.ts';

/** By name, as an ES module's: `default` is what a CommonJS module has exported. */
export type Exports = Record<string, unknown>;

/** Files of require hooks. A worker knows the ones that its mold has loaded. */
const hooks = new Set<string>();

/**
 * Whether this `-r` module has changed how `require` compiles files, as ts-node/register does. A hook has no work to
 * start.
 */
export function isRequireHook(path: string): boolean {
  return hooks.has(path);
}

/**
 * Loads a `-r` module as `node` would, or takes it from Node's cache.
 *
 * @param path absolute
 * @param isMain whether it is the program, which `require.main` and `import.meta.main` stand for
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
  // In inline mode, bin/swarm is the main module of this process. If the program is an ES module, there is no main
  // module.
  setMainModule(undefined);
  return importMain(href);
}

/**
 * Sets the main module for what is loaded before the program: each module gets `require.main` when it is loaded.
 * Packages read `require.main.filename`.
 */
export function expectMain(path: string): void {
  try {
    const filename = internals._resolveFilename(path, null, true);
    if (isCommonJS(filename, false)) becomeMain(filename);
  } catch {
    // The file is missing. Loading it will say so.
  }
}

/**
 * Runs `work` outside of promises, in which all else here runs. Inside, the program's promises would come before its
 * process.nextTick() callbacks.
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

/** As Module._load() does for a main module, except that the expected one may exist already. */
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
  // This is Module.prototype's `require`, and so every module's: `module.require.main`.
  Object.assign(main.require, { main });
  return main;
}

function setMainModule(value: CommonJS | undefined): void {
  Object.defineProperty(process, 'mainModule', { value, writable: true, enumerable: true, configurable: true });
}

/** CommonJS that was compiled from an ES module has its default export one level down. */
function asExports(exports: unknown): Exports {
  if (!isObject(exports)) return { default: exports };
  const { default: inner, __esModule: isCompiled } = exports;
  const named = isNamespace(exports) ? { ...exports } : {};
  return { ...named, default: isCompiled || typeof inner === 'function' ? inner : exports };
}

function isObject(value: unknown): value is Exports {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** As opposed to an instance of a class, whose properties are private to it. */
function isNamespace(exports: Exports): boolean {
  const prototype: unknown = Object.getPrototypeOf(exports);
  // An Express application is a function, and has many other properties.
  if (typeof exports === 'function') return !('listen' in exports);
  return prototype === Object.prototype || prototype === null;
}
