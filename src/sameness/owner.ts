import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Whose file it is. */
export interface Owner {
  /** By which the package is installed; of a file that belongs to none, its path. */
  readonly name: string;
  /** Of the installed package. */
  readonly directory: string | undefined;
}

/** The directory of an installed package, and its name: the last of those on the path. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;

/** @param file a path, or the URL of an ES module */
export function ownerOf(file: string): Owner {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const { 0: directory, 1: name = path } = PACKAGE.exec(path) ?? [];
  return { name, directory };
}

/** The path of a file in its package: `lib/index.js`. */
export function pathInPackage(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const { directory } = ownerOf(file);
  return directory === undefined ? path : path.slice(directory.length + 1);
}

const published = new Map<string, string>();

/** The name that a package was published by: it may be installed by another. */
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
