import { realpathSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { moduleResolve } from 'import-meta-resolve';
import type { How } from './load-time-imports.ts';

/**
 * Returns the URL that Node resolves `specifier` to in the file `from`; undefined if there is no such file. A built-in
 * module has a `node:` URL.
 */
export function resolveFrom(specifier: string, how: How, from: string): string | undefined {
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  const url = resolved(specifier, how, from) ?? (isRelative(specifier) ? withoutExtension(specifier, from) : undefined);
  // A data: URL, for example, has no file that could be shared.
  return url?.startsWith('file:') ? url : undefined;
}

function resolved(specifier: string, how: How, from: string): string | undefined {
  try {
    return (how === 'import' ? importResolve : requireResolve)(specifier, from);
  } catch {
    return undefined;
  }
}

function importResolve(specifier: string, from: string): string {
  return moduleResolve(specifier, pathToFileURL(from), CONDITIONS).href;
}

let last: { from: string; require: NodeJS.Require } | undefined;

function requireResolve(specifier: string, from: string): string {
  // One file imports many modules, and creating a `require` costs as much as calling it.
  if (last?.from !== from) last = { from, require: createRequire(from) };
  return pathToFileURL(last.require.resolve(specifier)).href;
}

/** The conditions that Node adds for `import`, and those given on the command line: -C, --conditions. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons', ...givenConditions()]);

function* givenConditions(): Generator<string> {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  for (const [index, option] of options.entries()) {
    const { 1: name, 2: value } = /^(-C|--conditions)(?:=(.*))?$/.exec(option) ?? [];
    const condition = value ?? options[index + 1];
    if (name !== undefined && condition !== undefined) yield condition;
  }
}

export function isRelative(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier);
}

/** Completes a file name. Node requires the whole name, but TypeScript runners (tsx, ts-node, swc) accept less. */
function withoutExtension(specifier: string, from: string): string | undefined {
  const base = fileURLToPath(new URL(specifier, pathToFileURL(from)));
  const stem = base.replace(/\.([cm]?)js$/, '.$1ts');
  const path = [stem, `${base}.ts`, `${base}.js`, `${base}/index.ts`, `${base}/index.js`].find(isFile);
  return path === undefined ? undefined : pathToFileURL(realpathSync(path)).href;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
