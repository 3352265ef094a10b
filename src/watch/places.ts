import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isIgnoredDirectory } from './sources.ts';

/** The location of an application. */
interface Application {
  /** Its working directory. */
  readonly directory: string;
  /** Absolute paths of its `-r` modules. */
  readonly modules: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly optionalDependencies?: object;
}

/**
 * Returns the directories of an application's code: the package of each `-r` module, and the packages that these link
 * to, as in a workspace. None of them is part of another.
 */
export function placesOf({ directory, modules }: Application): string[] {
  const packages = modules.map(realPath).flatMap((path) => (isInstalled(path) ? [] : packageOf(path, directory)));
  return outermost(withLinked(packages.length > 0 ? packages : [directory]));
}

/**
 * Returns the places that SWARM_WATCH names.
 *
 * @throws Error if a path does not exist or cannot be read; its message is a clause
 */
export function placesNamed(paths: readonly string[], directory: string): string[] {
  return outermost(
    paths.map((path) => {
      const absolute = resolve(directory, path);
      try {
        return realpathSync(absolute);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new Error(code === 'ENOENT' ? `there is no ${absolute}` : `${absolute} cannot be read (${code})`);
      }
    }),
  );
}

/**
 * Returns the nearest directory whose package.json has a name: others only tell Node the format of the files beside
 * them. If the module is in the working directory, the search ends there.
 */
function packageOf(path: string, directory: string): string {
  const top = isWithin(path, directory) ? directory : '/';
  for (let place = dirname(path); place !== top && place !== dirname(place); place = dirname(place)) {
    if (manifestOf(place)?.name !== undefined) return place;
  }
  return top === directory ? directory : dirname(path);
}

/** Adds the dependencies of these places, direct and transitive, that are links to directories elsewhere. */
function withLinked(places: readonly string[]): string[] {
  const found = new Set(places);
  // The loop also visits packages that are added during it.
  for (const place of found) {
    const { dependencies, devDependencies, optionalDependencies } = manifestOf(place) ?? {};
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      const linked = findPackage(name, place);
      if (linked !== undefined && !isInstalled(linked)) found.add(linked);
    }
  }
  return [...found];
}

/** Returns the directory where Node finds a package. */
function findPackage(name: string, from: string): string | undefined {
  const path = join(from, 'node_modules', name);
  const actual = realPath(path);
  if (manifestOf(actual)) return actual;
  return dirname(from) === from ? undefined : findPackage(name, dirname(from));
}

/** Whether a package manager installed it. Only the package manager then changes it. */
function isInstalled(path: string): boolean {
  return path.split('/').includes('node_modules');
}

function manifestOf(directory: string): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return typeof manifest === 'object' && manifest !== null ? manifest : {};
  } catch {
    return undefined;
  }
}

/** Drops directories that are part of another. */
function outermost(places: readonly string[]): string[] {
  const different = [...new Set(places)];
  return different.filter((place) => !different.some((other) => other !== place && isWatchedIn(place, other)));
}

function isWatchedIn(path: string, directory: string): boolean {
  return isWithin(path, directory) && !isIgnoredDirectory(relative(directory, path));
}

/** Whether a path is this directory or is in it. */
export function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith('../');
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
