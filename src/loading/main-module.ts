import { isAbsolute, relative, sep } from 'node:path';

/**
 * Returns the `-r` module that is the program, as program.js is in `node -r hook program.js`. A package before a file
 * of the application is a hook, such as ts-node/register. So the program is the first file, or if all are packages, the
 * first package.
 *
 * @param modules absolute paths, at least one
 * @param directory the application's directory, which may itself be in a node_modules
 */
export function mainModule(modules: readonly string[], directory: string): string {
  const [first] = modules;
  if (first === undefined) throw new Error('a worker has no module to load: this is a bug in swarm');
  return modules.find((path) => !isPackage(path, directory)) ?? first;
}

function isPackage(path: string, directory: string): boolean {
  const below = relative(directory, path);
  const isInside = !isAbsolute(below) && !below.startsWith('..');
  return (isInside ? below : path).split(sep).includes('node_modules');
}
