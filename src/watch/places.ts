import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isIgnoredDirectory } from './sources.ts';

/** Where an application is. */
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
 * The directories of an application's code: the package of each `-r` module, and the packages that it links to, as in a
 * workspace. None of them is part of another.
 */
export function placesOf({ directory, modules }: Application): string[] {
  const packages = modules.map(realPath).flatMap((path) => (isInstalled(path) ? [] : packageOf(path, directory)));
  return outermost(withLinked(packages.length > 0 ? packages : [directory]));
}

/**
 * The places that SWARM_WATCH names.
 *
 * @throws Error for a path that does not exist; its message is the beginning of a sentence
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
 * The nearest directory with a package.json that has a name: others only tell Node the format of files beside them. Not above
 * the working directory, if the module is below that.
 */
function packageOf(path: string, directory: string): string {
  const top = isWithin(path, directory) ? directory : '/';
  for (let place = dirname(path); place !== top && place !== dirname(place); place = dirname(place)) {
    if (manifestOf(place)?.name !== undefined) return place;
  }
  return top === directory ? directory : dirname(path);
}

/** And all packages that these depend on which are links to somewhere else. */
function withLinked(places: readonly string[]): string[] {
  const found = new Set(places);
  // Packages that are added during the loop get their turn, too.
  for (const place of found) {
    const { dependencies, devDependencies, optionalDependencies } = manifestOf(place) ?? {};
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      const linked = findPackage(name, place);
      if (linked !== undefined && !isInstalled(linked)) found.add(linked);
    }
  }
  return [...found];
}

/** Where Node finds a package. */
function findPackage(name: string, from: string): string | undefined {
  const path = join(from, 'node_modules', name);
  const actual = realPath(path);
  if (manifestOf(actual)) return actual;
  return dirname(from) === from ? undefined : findPackage(name, dirname(from));
}

/** By a package manager, which is the one to change it. */
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

/** Without directories that are part of another. */
function outermost(places: readonly string[]): string[] {
  const different = [...new Set(places)];
  return different.filter((place) => !different.some((other) => other !== place && isWatchedIn(place, other)));
}

function isWatchedIn(path: string, directory: string): boolean {
  return isWithin(path, directory) && !isIgnoredDirectory(relative(directory, path));
}

/** Whether it is this directory, or in it. */
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
