import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Kind = 'dependencies' | 'optionalDependencies' | 'peerDependencies';

/**
 * What a package depends on, by its package.json. That may be more than it loads, but it is known before anything is loaded,
 * and of ES modules Node does not tell.
 *
 * @param directory the real one of the package
 * @returns the real directories of those that are installed
 */
export function dependenciesOf(directory: string, kinds: readonly Kind[]): string[] {
  return namedBy(directory, kinds).flatMap((name) => resolvePackage(name, directory) ?? []);
}

export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function namedBy(directory: string, kinds: readonly Kind[]): string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, object>;
    return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  } catch {
    return [];
  }
}

/** Where Node finds it: in the nearest node_modules, seen from the real directory of the package that asks. */
function resolvePackage(name: string, from: string): string | undefined {
  const found = realPath(join(from, 'node_modules', name));
  if (found !== undefined) return found;
  return dirname(from) === from ? undefined : resolvePackage(name, dirname(from));
}
