import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ApplicationError } from '../config/errors.ts';

const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** @throws ApplicationError if a module is missing */
export function resolveModules(names: readonly string[], directory: string): Promise<string[]> {
  return Promise.all(names.map((name) => resolveModule(name, directory)));
}

/**
 * The absolute path of a `-r` module: a file below the working directory first, then a package.
 *
 * @throws ApplicationError
 */
export async function resolveModule(name: string, directory: string): Promise<string> {
  const path = resolve(directory, name);
  const file = EXTENSIONS.map((extension) => path + extension).find(isFile);
  const found = file ?? requireResolve(path, directory) ?? (await resolvePackage(name, directory));
  if (found !== undefined) return found;
  throw new ApplicationError(
    `-r ${name} was not found: there is neither a file ${path} nor a package of that name to load from ${directory}. ` +
      'Correct the name, or build the file first.',
  );
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Missing, unreadable, or a loop of symbolic links: it cannot be loaded.
    return false;
  }
}

/** Finds a folder with an index file or a `main`, or a package that CommonJS can load. */
function requireResolve(name: string, directory: string): string | undefined {
  try {
    const found = createRequire(resolve(directory, 'package.json')).resolve(name);
    // A built-in module ("fs") is nothing to run.
    return isAbsolute(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

async function resolvePackage(name: string, directory: string): Promise<string | undefined> {
  if (/^(\.|\/)/.test(name)) return undefined;
  const common = requireResolve(name, directory);
  if (common !== undefined) return common;
  // The package may have exports for `import` only.
  const { resolve: importResolve } = await import('import-meta-resolve');
  try {
    const path = fileURLToPath(importResolve(name, pathToFileURL(resolve(directory, 'package.json')).href));
    return isFile(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
