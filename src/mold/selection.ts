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
import { trace } from './trace/trace.ts';

/**
 * The packages to load before the fork, in order.
 *
 * @param modules absolute paths of the `-r` modules
 * @param directory the working directory
 */
export function selectLoads(selection: Selection, modules: readonly string[], directory: string): Load[] {
  return withStarts(select(selection, modules, directory));
}

function select(selection: Selection, modules: readonly string[], directory: string): Load[] {
  if (selection === 'auto') return trace(modules);
  if (selection === 'default') return dependencyLoads(modules, directory);
  if (selection.length === 0) return [];
  const traced = trace(modules);
  const loads = selection.flatMap((name) => {
    if (name === 'auto') return traced;
    const named = loadsNamed([name], join(directory, 'package.json'), traced);
    return named.map((load) => ({ ...load, isNamed: true as const }));
  });
  return selection.includes('auto') ? loads : withAgentOf(traced, loads);
}

/** Notes which of them start an agent that each worker has to start for itself. */
export function withStarts(loads: readonly Load[]): Load[] {
  return loads.map((load) => {
    const starts = startedBy(load.url) ?? unrenewableBehind(load);
    return starts === undefined ? load : { ...load, starts };
  });
}

/** The agent that a file of the application may start. */
function unrenewableBehind({ url }: Load): string | undefined {
  if (!url?.startsWith('file:') || packageName(url) !== undefined) return undefined;
  return trace([fileURLToPath(url)]).find((load) => isAgent(load.url) && !isRenewable(load))?.name;
}

/** Adds the application's agent where the list lacks it: before the first load that it may instrument. */
function withAgentOf(traced: readonly Load[], loads: readonly Load[]): Load[] {
  const place = traced.findIndex(({ url, isUncertain }) => isUncertain || isAgent(url));
  const agent = traced[place];
  if (!agent || loads.some(({ url }) => url === agent.url)) return [...loads];
  const before = new Set(traced.slice(0, place).map(({ url }) => url));
  // A file of the application may start it.
  const isOwn = ({ url }: Load) => url !== undefined && packageName(url) === undefined;
  const first = loads.findIndex((load, index) => !before.has(load.url) && !loads.slice(index).some(isOwn));
  return first < 0 ? [...loads] : loads.toSpliced(first, 0, { ...agent, isUncertain: true });
}

/** The production dependencies, without those that cannot be loaded: types, commands, styles, packages not installed here. */
function dependencyLoads(modules: readonly string[], directory: string): Load[] {
  const project = nearestProject(directory);
  if (project === undefined) return [];
  const loads = loadsNamed(dependenciesOf(project), project, trace(modules));
  const loadable = loads.filter(({ url }) => url !== undefined && /^(\.([cm]?js|node))?$/.test(extname(url)));
  // package.json has no order, but an agent has to come before what it patches.
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
    // Node cannot read it either, and will say so.
    return [];
  }
}

function loadsNamed(names: readonly string[], from: string, traced: readonly Load[]): Load[] {
  const packages = traced.filter((load) => !isPartOfNode(load));
  const usual: How = packages.length > 0 && packages.every(({ how }) => how === 'require') ? 'require' : 'import';
  return silently(() =>
    names.flatMap((name) => {
      // A package for `import` and `require` is two packages in one. Sharing pays only for the one that is used.
      const asked = traced.filter(({ specifier }) => specifier === name);
      return asked.length > 0 ? asked : [loadNamed(name, from, usual)];
    }),
  );
}

/** A package by its name, with or without a path in it; or a file, relative to the directory of `from`. */
function loadNamed(name: string, from: string, usual: How): Load {
  const ways: How[] = usual === 'import' ? ['import', 'require'] : ['require', 'import'];
  for (const how of isRelative(name) ? [] : ways) {
    const url = resolveFrom(name, how, from);
    if (url !== undefined) return { name: packageName(url) ?? name, specifier: name, how, from, url };
  }
  const url = resolveFrom(isRelative(name) ? name : `./${name}`, 'require', from);
  return { name, specifier: name, how: 'import', from, url };
}
