import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageDirectory, packageName } from '../../loading/owner.ts';
import { moduleInternals } from '../../node/module-internals.ts';
import { silently } from '../../node/silently.ts';
import { isAgent } from '../agents/agents.ts';
import { realPath } from '../dependencies.ts';
import { isPartOfNode, type Load } from '../preload/load.ts';
import { type How, type LoadTimeImport, loadTimeImports } from './load-time-imports.ts';
import { type PossibleImport, possibleImports } from './possible-imports.ts';
import { resolveFrom } from './resolution.ts';

/** The name under which applications import the worker API. */
export const SWARM = 'dyno-swarm';

/** What modules load when they are loaded, directly or through other files of the application. */
export interface Traced {
  /** The packages and built-in modules that they import, in loading order. Node loads built-in modules on demand. */
  readonly loads: readonly Load[];
  /** Imports that they need and that do not resolve. */
  readonly unresolved: readonly Unresolved[];
  /** Size of the application's own code in bytes. */
  readonly ownBytes: number;
}

export interface Unresolved {
  readonly specifier: string;
  /** Absolute path of the file that imports it. */
  readonly from: string;
}

/**
 * Traces what modules load. A file that is missing or does not parse is not an error: the trace ends there, and the
 * worker will report the file.
 *
 * @param modules absolute paths
 */
export function trace(modules: readonly string[]): Traced {
  return silently(() => new Trace(modules.map((module) => realPath(module) ?? module)));
}

class Trace implements Traced {
  readonly loads: Load[] = [];
  readonly unresolved: Unresolved[] = [];
  ownBytes = 0;
  readonly #followed = new Set<string>();
  /** Files that may be loaded, searched only for agents. */
  readonly #searched = new Set<string>();
  readonly #resolved = new Map<string, string | undefined>();
  readonly #added = new Set<string>();
  /**
   * Package directories of the application: undefined for files in no package, and any package that it is itself in.
   */
  readonly #home: Set<string | undefined>;

  constructor(modules: readonly string[]) {
    this.#home = new Set([undefined, ...modules.map(packageDirectory)]);
    for (const module of modules) this.#follow(module);
  }

  #follow(file: string): void {
    if (this.#followed.has(file)) return;
    this.#followed.add(file);
    const { imports, bytes } = readModule(file);
    this.ownBytes += bytes;
    for (const { specifier, how, isCertain, isOptional } of imports) {
      const url = this.#resolve(specifier, how, file);
      if (url === undefined) {
        // The buildpack links swarm itself only after everything else is in place.
        if (isCertain && !isOptional && specifier !== SWARM) this.unresolved.push({ specifier, from: file });
      } else if (!isCertain) this.#addAgentBehind(url, file);
      else if (this.#isOwn(url)) this.#follow(fileURLToPath(url));
      else this.#add({ name: packageName(url) ?? specifier, specifier, how, from: file, url });
    }
  }

  /** Adds the agents among what a file may load. Only agents count, because they must come before what they patch. */
  #addAgentBehind(url: string, from: string): void {
    const name = packageName(url);
    if (this.#isOwn(url)) this.#addAgentsOf(fileURLToPath(url));
    else if (name !== undefined && isAgent(url)) {
      this.#add({ name, specifier: name, how: 'require', from, url, isUncertain: true });
    }
  }

  #addAgentsOf(file: string): void {
    if (this.#followed.has(file) || this.#searched.has(file)) return;
    this.#searched.add(file);
    for (const { specifier, how } of readModule(file).imports) {
      const url = this.#resolve(specifier, how, file);
      if (url !== undefined) this.#addAgentBehind(url, file);
    }
  }

  /**
   * Caches the URL, which is the same for all files of a directory. Otherwise, resolving would take half the time of a
   * trace.
   */
  #resolve(specifier: string, how: How, file: string): string | undefined {
    const key = `${how} ${specifier} ${dirname(file)}`;
    if (!this.#resolved.has(key)) this.#resolved.set(key, resolveFrom(specifier, how, file));
    return this.#resolved.get(key);
  }

  /** Whether a file belongs to the application, which includes packages that are links, as in a workspace. */
  #isOwn(url: string): boolean {
    return url.startsWith('file:') && this.#home.has(packageDirectory(fileURLToPath(url)));
  }

  #add(load: Load): void {
    const key = isPartOfNode(load) ? load.name : `${load.isUncertain ? 'perhaps' : load.how} ${load.url}`;
    if (!this.#added.has(key)) this.loads.push(load);
    this.#added.add(key);
  }
}

interface Import extends LoadTimeImport {
  readonly isCertain: boolean;
}

/** Returns a file's imports and its size. */
function readModule(file: string): { imports: readonly Import[]; bytes: number } {
  const type = extname(file);
  let bytes = 0;
  try {
    if (!/^(\.[cm]?[jt]s)?$/.test(type)) return { imports: [], bytes };
    const source = readFileSync(file, 'utf8');
    bytes = Buffer.byteLength(source);
    const certain = loadTimeImports(source, type.endsWith('ts') ? stripTypes : undefined);
    return { imports: inOrder(source, certain), bytes };
  } catch {
    return { imports: [], bytes };
  }
}

/** Puts static imports first, wherever they appear, and all calls in the order of the source. */
function inOrder(source: string, certain: readonly LoadTimeImport[]): Import[] {
  const possible = possibleImports(source).filter(
    ({ specifier, how }) => !certain.some((known) => known.specifier === specifier && known.how === how),
  );
  const imports: Import[] = [];
  for (const known of certain) {
    const index = known.how === 'import' ? -1 : placeOf(source, known.specifier);
    while (possible[0] && possible[0].index < index) imports.push(uncertain(possible.shift() as PossibleImport));
    imports.push({ ...known, isCertain: true });
  }
  return [...imports, ...possible.map(uncertain)];
}

function uncertain({ specifier, how }: PossibleImport): Import {
  return { specifier, how, isCertain: false };
}

function placeOf(source: string, specifier: string): number {
  return Math.max(...["'", '"', '`'].map((quote) => source.indexOf(`${quote}${specifier}${quote}`)));
}

/** A Node that lacks this function does not run TypeScript either. */
const { stripTypeScriptTypes } = moduleInternals;

function stripTypes(source: string): string {
  if (!stripTypeScriptTypes) return source;
  try {
    return stripTypeScriptTypes(source);
  } catch {
    // Enums and similar syntax must be transformed, as under --experimental-transform-types or tsx.
    return stripTypeScriptTypes(source, { mode: 'transform' });
  }
}
