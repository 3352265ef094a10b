import { readFileSync, realpathSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silently } from '../loading/silently.ts';
import { isPartOfNode, type Load, packageDirectory, packageName } from './load.ts';
import { type How, type LoadTimeImport, loadTimeImports } from './load-time-imports.ts';
import { resolveFrom } from './resolution.ts';

/**
 * The packages that these modules import when they are loaded, themselves or through other files of the application, in
 * the order in which they would be loaded; and the parts of Node, which it loads on demand as well.
 *
 * A file that is missing or does not parse is no error: the trace ends there, and the worker that meets it will say so.
 *
 * @param modules absolute paths
 */
export function trace(modules: readonly string[]): Load[] {
  return silently(() => new Trace(modules.map(realPath)).loads);
}

class Trace {
  readonly loads: Load[] = [];
  readonly #followed = new Set<string>();
  readonly #resolved = new Map<string, string | undefined>();
  readonly #added = new Set<string>();
  /** Where the application's files are: in no package, or in the one that it is installed as. */
  readonly #home: Set<string | undefined>;

  constructor(modules: readonly string[]) {
    this.#home = new Set([undefined, ...modules.map(packageDirectory)]);
    for (const module of modules) this.#follow(module);
  }

  #follow(file: string): void {
    if (this.#followed.has(file)) return;
    this.#followed.add(file);
    for (const { specifier, how } of importsOf(file)) {
      const url = this.#resolve(specifier, how, file);
      if (url === undefined) continue;
      if (this.#isOwn(url)) this.#follow(fileURLToPath(url));
      else this.#add({ name: packageName(url) ?? specifier, specifier, how, from: file, url });
    }
  }

  /** It is the same for all files of a directory, and half of the time of tracing would go into it. */
  #resolve(specifier: string, how: How, file: string): string | undefined {
    const key = `${how} ${specifier} ${dirname(file)}`;
    if (!this.#resolved.has(key)) this.#resolved.set(key, resolveFrom(specifier, how, file));
    return this.#resolved.get(key);
  }

  /** A package that is linked to a folder elsewhere, as in a workspace, is a part of the application. */
  #isOwn(url: string): boolean {
    return url.startsWith('file:') && this.#home.has(packageDirectory(fileURLToPath(url)));
  }

  #add(load: Load): void {
    const key = isPartOfNode(load) ? load.name : `${load.how} ${load.url}`;
    if (!this.#added.has(key)) this.loads.push(load);
    this.#added.add(key);
  }
}

function importsOf(file: string): LoadTimeImport[] {
  const type = extname(file);
  if (!/^(\.[cm]?[jt]s)?$/.test(type)) return [];
  try {
    const source = readFileSync(file, 'utf8');
    return loadTimeImports(source, type.endsWith('ts') ? stripTypes : undefined);
  } catch {
    return [];
  }
}

/** Where this Node does not have it, it does not run TypeScript either. */
const { stripTypeScriptTypes } = nodeModule as {
  stripTypeScriptTypes?(source: string, options?: { mode: 'strip' | 'transform' }): string;
};

function stripTypes(source: string): string {
  if (!stripTypeScriptTypes) return source;
  try {
    return stripTypeScriptTypes(source);
  } catch {
    // Enums and the like need more: --experimental-transform-types, or tsx.
    return stripTypeScriptTypes(source, { mode: 'transform' });
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
