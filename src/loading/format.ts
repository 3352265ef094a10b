import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { moduleInternals } from '../node/module-internals.ts';
import { silently } from '../node/silently.ts';

const { _extensions, _nodeModulePaths, stripTypeScriptTypes } = moduleInternals;

const ALWAYS_COMMONJS = new Set(['.cjs', '.json', '.node']);
const NEVER_COMMONJS = new Set(['.mjs', '.mts', '.wasm']);
const TYPESCRIPT = new Set(['.ts', '.cts', '.tsx']);

/** From 22.18 and 23.6 on, Node runs TypeScript itself; before, this is undefined or false. */
const typescript = (process.features as { typescript?: false | 'strip' | 'transform' }).typescript;

/**
 * Whether `node` would load this file as CommonJS, including through require hooks. The extension and package.json
 * decide, or else the syntax.
 *
 * @param filename a real path
 * @param askHooks whether hooks may compile it. Before the fork they must not: esbuild starts a process for that, which
 *   workers cannot share. Files with a registered hook then count as CommonJS
 */
export function isCommonJS(filename: string, askHooks: boolean): boolean {
  const extension = extname(filename);
  if (ALWAYS_COMMONJS.has(extension)) return true;
  if (NEVER_COMMONJS.has(extension)) return false;
  const isHooked = _extensions[extension] !== undefined && extension !== '.js';
  // Nothing here can compile it. Importing it will say so.
  if (TYPESCRIPT.has(extension) && !isHooked && (!typescript || extension === '.tsx')) return false;
  if (extension === '.cts') return true;
  const type = packageType(dirname(filename));
  if (type !== undefined) return type === 'commonjs';
  if (isHooked && !askHooks) return true;
  return isFunctionBody(sourceOf(filename, isHooked, askHooks));
}

/** Returns the source that is compiled in the end; undefined if unknown. */
function sourceOf(filename: string, isHooked: boolean, askHooks: boolean): string | undefined {
  try {
    const source = readFileSync(filename, 'utf8');
    if (!isHooked && extname(filename) === '.ts') return withoutTypes(source);
    // A hook for .js leaves CommonJS unchanged.
    return !askHooks || (!isHooked && isFunctionBody(source)) ? source : hookedSource(filename);
  } catch {
    return undefined;
  }
}

function withoutTypes(source: string): string | undefined {
  return typescript ? silently(() => stripTypeScriptTypes?.(source, { mode: typescript })) : undefined;
}

/** Returns what a hook turns a file into. A hook passes that to its module's _compile(), which here does not run it. */
function hookedSource(filename: string): string | undefined {
  let compiled: string | undefined;
  const module = Object.assign(new moduleInternals(filename), {
    filename,
    paths: _nodeModulePaths(dirname(filename)),
    _compile(source: string) {
      compiled = source;
    },
  });
  const handle = _extensions[extname(filename)] ?? _extensions['.js'];
  handle?.(module, filename);
  return compiled;
}

/** Whether the source is the body of a function, as CommonJS is. An ES module is not: it imports, exports or awaits. */
function isFunctionBody(source: string | undefined): boolean {
  if (source === undefined) return false;
  try {
    compileFunction(source, ['exports', 'require', 'module', '__filename', '__dirname']);
    return true;
  } catch {
    return false;
  }
}

/** Returns the type in the nearest package.json; undefined if it has none. */
function packageType(directory: string): 'commonjs' | 'module' | undefined {
  // An installed package without a package.json is not part of the application around it.
  if (directory.endsWith('node_modules')) return undefined;
  try {
    const { type } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { type?: unknown };
    return type === 'commonjs' || type === 'module' ? type : undefined;
  } catch {
    const parent = dirname(directory);
    return parent === directory ? undefined : packageType(parent);
  }
}
