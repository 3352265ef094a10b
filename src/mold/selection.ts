import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { silently } from '../loading/silently.ts';
import { isPartOfNode, type Load, packageName } from './load.ts';
import type { How } from './load-time-imports.ts';
import { isFile, isRelative, resolveFrom } from './resolution.ts';
import { trace } from './trace.ts';

/** The value of SWARM_PRELOAD. */
export type Selection = 'auto' | 'default' | readonly string[];

/**
 * What to load before the fork, in order.
 *
 * @param modules absolute paths of the `-r` modules
 * @param directory the working directory
 */
export function selectLoads(selection: Selection, modules: readonly string[], directory: string): Load[] {
  if (selection === 'auto') return trace(modules);
  if (selection === 'default') return dependencyLoads(modules, directory);
  if (selection.length === 0) return [];
  return loadsNamed(selection, join(directory, 'package.json'), trace(modules));
}

/** Of the production dependencies, those that can be loaded: not types, commands, styles, or what is not installed here. */
function dependencyLoads(modules: readonly string[], directory: string): Load[] {
  const project = nearestProject(directory);
  if (project === undefined) return [];
  const loads = loadsNamed(dependenciesOf(project), project, trace(modules));
  return loads.filter(({ url }) => url !== undefined && /^(\.([cm]?js|node))?$/.test(extname(url)));
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
    // Node cannot read it either, and says so as soon as it has to.
    return [];
  }
}

function loadsNamed(names: readonly string[], from: string, traced: readonly Load[]): Load[] {
  const packages = traced.filter((load) => !isPartOfNode(load));
  const usual: How = packages.length > 0 && packages.every(({ how }) => how === 'require') ? 'require' : 'import';
  return silently(() =>
    names.flatMap((name) => {
      // A package for both kinds of modules is two packages in one, and only the one that is used is worth to be shared.
      const asked = traced.filter(({ specifier }) => specifier === name);
      return asked.length > 0 ? asked : [loadNamed(name, from, usual)];
    }),
  );
}

/** A package by its name, with or without a path below it; or a file, below the directory of `from`. */
function loadNamed(name: string, from: string, usual: How): Load {
  const ways: How[] = usual === 'import' ? ['import', 'require'] : ['require', 'import'];
  for (const how of isRelative(name) ? [] : ways) {
    const url = resolveFrom(name, how, from);
    if (url !== undefined) return { name: packageName(url) ?? name, specifier: name, how, from, url };
  }
  const url = resolveFrom(isRelative(name) ? name : `./${name}`, 'require', from);
  return { name, specifier: name, how: 'import', from, url };
}
