import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * What to do about a package that a file imports and Node does not find: a sentence without a full stop.
 *
 * @param specifier as the file names it: `pg`, `lodash/get`, `@acme/mail`
 * @param file an absolute path
 * @returns undefined where it names no package, or one that is installed: then something else is wrong
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

/** Whether package.json names it, wherever. */
export function isListed(specifier: string, file: string): boolean {
  const name = packageIn(specifier);
  return name !== undefined && listedAs(name, file) !== undefined;
}

function packageIn(specifier: string): string | undefined {
  // A part of Node, a path, an entry of "imports" in package.json, or a URL.
  if (isBuiltin(specifier) || /^[./#]|^[\w+-]+:/.test(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/** By the nearest package.json that names it: one may only tell the format of files beside it, another be that of a workspace. */
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
    // There is none, or Node cannot read it either, and will say so.
    return {};
  }
}

/** The directory of the file, and all above it. */
function directoriesFrom(file: string): string[] {
  const folder = dirname(file);
  return folder === file ? [] : [folder, ...directoriesFrom(folder)];
}
