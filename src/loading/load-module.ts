import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommonJS, moduleInternals as internals } from '../node/module-internals.ts';
import { isCommonJS } from './format.ts';
import { importMain } from './import-main.ts';

/** A module's exports by name, as for an ES module: `default` is what a CommonJS module exports. */
export type Exports = Record<string, unknown>;

/** Files that are require hooks. A worker inherits those that its mold has loaded. */
const hooks = new Set<string>();

/**
 * Whether this `-r` module has changed how `require` compiles files, as ts-node/register does. Such a hook has no work
 * to start.
 */
export function isRequireHook(path: string): boolean {
  return hooks.has(path);
}

/**
 * Loads a `-r` module as `node` would, or takes it from Node's cache.
 *
 * @param path absolute
 * @param isMain whether it is the program, to which `require.main` and `import.meta.main` refer
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
  // In inline mode, bin/swarm is this process's main module. If the program is an ES module, there must be none.
  setMainModule(undefined);
  return importMain(href);
}

/**
 * Sets the main module in advance, for what is loaded before the program: each module gets its `require.main` when it
 * is loaded, and packages read `require.main.filename`.
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
 * Runs `work` outside promise reactions. Everything else here runs in one, where the program's promises would be
 * handled before its process.nextTick() callbacks.
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

/** Loads the main module as Module._load() does, except that expectMain() may have created it already. */
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
  // `main.require` is Module.prototype.require, so this sets `module.require.main` for every module.
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

/** Whether the properties are named exports, unlike those of a class instance. */
function isNamespace(exports: Exports): boolean {
  const prototype: unknown = Object.getPrototypeOf(exports);
  // An Express application is a function whose properties are not exports.
  if (typeof exports === 'function') return !('listen' in exports);
  return prototype === Object.prototype || prototype === null;
}
