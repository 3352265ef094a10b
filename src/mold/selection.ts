import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageName } from '../loading/owner.ts';
import { silently } from '../node/silently.ts';
import type { Selection } from '../protocol/assignment.ts';
import { isAgent, isRenewable, startedBy } from './agents/agents.ts';
import { isPartOfNode, type Load } from './preload/load.ts';
import type { How } from './trace/load-time-imports.ts';
import { isFile, isRelative, resolveFrom } from './trace/resolution.ts';
import { SWARM, trace, type Unresolved } from './trace/trace.ts';

export type { Load } from './preload/load.ts';
export { type Missing, missingAmong } from './trace/missing.ts';

/** What to load before the fork, and what tracing the `-r` modules found. */
export interface Survey {
  /** In loading order. */
  readonly loads: readonly Load[];
  /** Imports that the modules need and that do not resolve. */
  readonly unresolved: readonly Unresolved[];
  /** Size of the modules in bytes if they are a bundle, which contains its packages. */
  readonly bundle: number | undefined;
}

/** Minimum size of a bundle in bytes: nobody writes that much by hand without importing a package. */
const BUNDLE = 200_000;

/**
 * @param modules absolute paths of the `-r` modules
 * @param directory the working directory
 */
export function survey(selection: Selection, modules: readonly string[], directory: string): Survey {
  const traced = trace(modules);
  const { unresolved, ownBytes } = traced;
  const isBundle =
    ownBytes >= BUNDLE &&
    unresolved.length === 0 &&
    traced.loads.every((load) => isPartOfNode(load) || load.name === SWARM);
  const loads = withStarts(select(selection, traced.loads, directory));
  return { loads, unresolved, bundle: isBundle ? ownBytes : undefined };
}

function select(selection: Selection, traced: readonly Load[], directory: string): readonly Load[] {
  if (selection === 'auto') return traced;
  if (selection === 'default') return dependencyLoads(traced, directory);
  const loads = selection.flatMap((name) => {
    if (name === 'auto') return traced;
    const named = loadsNamed([name], join(directory, 'package.json'), traced);
    return named.map((load) => ({ ...load, isNamed: true as const }));
  });
  return selection.length === 0 || selection.includes('auto') ? loads : withAgentOf(traced, loads);
}

/** Marks the loads that start an agent that each worker must start for itself. */
export function withStarts(loads: readonly Load[]): Load[] {
  return loads.map((load) => {
    const starts = startedBy(load.url) ?? unrenewableBehind(load);
    return starts === undefined ? load : { ...load, starts };
  });
}

/** Returns the agent that an application file may start and that no copy can renew. */
function unrenewableBehind({ url }: Load): string | undefined {
  if (!url?.startsWith('file:') || packageName(url) !== undefined) return undefined;
  return trace([fileURLToPath(url)]).loads.find((load) => isAgent(load.url) && !isRenewable(load))?.name;
}

/** Adds the application's agent if the list lacks it, before the first load that it may instrument. */
function withAgentOf(traced: readonly Load[], loads: readonly Load[]): Load[] {
  const place = traced.findIndex(({ url, isUncertain }) => isUncertain || isAgent(url));
  const agent = traced[place];
  if (!agent || loads.some(({ url }) => url === agent.url)) return [...loads];
  const before = new Set(traced.slice(0, place).map(({ url }) => url));
  // An application file may start the agent.
  const isOwn = ({ url }: Load) => url !== undefined && packageName(url) === undefined;
  const first = loads.findIndex((load, index) => !before.has(load.url) && !loads.slice(index).some(isOwn));
  return first < 0 ? [...loads] : loads.toSpliced(first, 0, { ...agent, isUncertain: true });
}

/**
 * Returns the production dependencies that can be loaded: not types, commands, styles or packages not installed here.
 */
function dependencyLoads(traced: readonly Load[], directory: string): Load[] {
  const project = nearestProject(directory);
  if (project === undefined) return [];
  const loads = loadsNamed(dependenciesOf(project), project, traced);
  const loadable = loads.filter(({ url }) => url !== undefined && /^(\.([cm]?js|node))?$/.test(extname(url)));
  // The order in package.json means nothing, but an agent must come before what it patches.
  const [agents, others] = [true, false].map((wanted) => loadable.filter(({ url }) => isAgent(url) === wanted));
  return [...(agents ?? []), ...(others ?? [])];
}

function nearestProject(directory: string): string | undefined {
  const file = join(directory, 'package.json');
  if (isFile(file)) return file;
  return dirname(directory) === directory ? undefined : nearestProject(dirname(directory));
}

function dependenciesOf(project: string): string[] {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(project, 'utf8'));
    return Object.keys({ ...dependencies, ...optionalDependencies });
  } catch {
    // Node cannot read it either and will say so.
    return [];
  }
}

function loadsNamed(names: readonly string[], from: string, traced: readonly Load[]): Load[] {
  const packages = traced.filter((load) => !isPartOfNode(load));
  const usual: How = packages.length > 0 && packages.every(({ how }) => how === 'require') ? 'require' : 'import';
  return silently(() =>
    names.flatMap((name) => {
      // A package may have separate builds for `import` and `require`. Only the one in use is worth sharing.
      const asked = traced.filter(({ specifier }) => specifier === name);
      return asked.length > 0 ? asked : [loadNamed(name, from, usual)];
    }),
  );
}

/** Resolves a package name, with or without a subpath, or a file relative to the directory of `from`. */
function loadNamed(name: string, from: string, usual: How): Load {
  const ways: How[] = usual === 'import' ? ['import', 'require'] : ['require', 'import'];
  for (const how of isRelative(name) ? [] : ways) {
    const url = resolveFrom(name, how, from);
    if (url !== undefined) return { name: packageName(url) ?? name, specifier: name, how, from, url };
  }
  const url = resolveFrom(isRelative(name) ? name : `./${name}`, 'require', from);
  return { name, specifier: name, how: 'import', from, url };
}
