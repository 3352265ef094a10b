import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a file belongs to: an installed package, or itself. */
export interface Owner {
  /** The name that the package is installed under; the path of a file that belongs to no package. */
  readonly name: string;
  /** Directory of the installed package; undefined for a file that belongs to no package. */
  readonly directory: string | undefined;
}

/** The directory and the name of the innermost installed package on a path. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;

/** @param file a path, or the URL of an ES module */
export function ownerOf(file: string): Owner {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const { 0: directory, 1: name = path } = PACKAGE.exec(path) ?? [];
  return { name, directory };
}

/** Returns the path of a file in its package, such as `lib/index.js`. */
export function pathInPackage(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const { directory } = ownerOf(file);
  return directory === undefined ? path : path.slice(directory.length + 1);
}

/** Returns the directory of the installed package that a file belongs to; undefined for a file of no package. */
export function packageDirectory(path: string): string | undefined {
  return ownerOf(path).directory;
}

/** Returns the name of the installed package that a module belongs to; undefined for a file of no package. */
export function packageName(url: string): string | undefined {
  if (!url.startsWith('file:')) return url;
  const { name, directory } = ownerOf(url);
  return directory === undefined ? undefined : name;
}

const published = new Map<string, string>();

/** Returns the name that a package was published under. It may be installed under an alias. */
export function publishedName({ name, directory }: Owner): string {
  if (directory === undefined) return name;
  let known = published.get(directory);
  if (known === undefined) {
    known = nameIn(directory) ?? name;
    published.set(directory, known);
  }
  return known;
}

function nameIn(directory: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
