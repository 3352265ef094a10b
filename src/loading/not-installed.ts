import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Says what to do about a package that a file imports and Node does not find.
 *
 * @param specifier as the file names it: `pg`, `lodash/get`, `@acme/mail`
 * @param file an absolute path
 * @returns a sentence without the full stop; undefined if the specifier names no package or an installed one, in which
 *   case something else is wrong
 */
export function adviseOnMissing(specifier: string, file: string): string | undefined {
  const name = packageIn(specifier);
  if (name === undefined || directoriesFrom(file).some((folder) => existsSync(join(folder, 'node_modules', name)))) {
    return undefined;
  }
  switch (listedAs(name, file)) {
    case 'devDependencies':
      return `${name} is not installed: package.json has it in "devDependencies", which production leaves out. Move it to "dependencies"`;
    case 'dependencies':
      return `${name} is not installed, although package.json has it in "dependencies": run npm install`;
    case undefined:
      return `${name} is not installed, and package.json does not name it: run npm install ${name}`;
  }
}

/** Whether a package.json lists the package, in any section. */
export function isListed(specifier: string, file: string): boolean {
  const name = packageIn(specifier);
  return name !== undefined && listedAs(name, file) !== undefined;
}

function packageIn(specifier: string): string | undefined {
  // A built-in module, a path, an entry of "imports" in package.json, or a URL.
  if (isBuiltin(specifier) || /^[./#]|^[\w+-]+:/.test(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/**
 * Returns the section of the nearest package.json that lists the package. A package.json without it may only set the
 * format of the files beside it, or belong to a member of a workspace.
 */
function listedAs(name: string, file: string): 'dependencies' | 'devDependencies' | undefined {
  for (const folder of directoriesFrom(file)) {
    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifestIn(folder);
    if (name in { ...dependencies, ...optionalDependencies, ...peerDependencies }) return 'dependencies';
    if (name in { ...devDependencies }) return 'devDependencies';
  }
  return undefined;
}

function manifestIn(folder: string): Record<string, object | undefined> {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) ?? {};
  } catch {
    // There is none, or Node cannot read it either and will say so.
    return {};
  }
}

/** Returns the directory of the file and all its parents. */
function directoriesFrom(file: string): string[] {
  const folder = dirname(file);
  return folder === file ? [] : [folder, ...directoriesFrom(folder)];
}
