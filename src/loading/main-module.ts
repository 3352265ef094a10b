import { isAbsolute, relative, sep } from 'node:path';

/**
 * Which of the `-r` modules is the program, as the file is that `node -r hook program.js` ends with. A package that stands
 * before a file of the application is a hook, such as ts-node/register. The program is the first file, and where all are
 * packages, the first of these.
 *
 * @param modules absolute paths, at least one
 * @param directory that of the application. It may itself be below a node_modules.
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
