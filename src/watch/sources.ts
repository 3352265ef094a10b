/* Which files and directories matter. Paths are relative to what is watched, and separated by slashes. */

/** What Node or one of its loaders may load. */
const SOURCE = /\.([cm]?[jt]s|[jt]sx|json|node|wasm)$/;
/** Types alone: a compiler writes them beside each file. */
const DECLARATION = /\.d\.[cm]?ts$/;
/** What dotenv loads. */
const ENVIRONMENT = /^\.env(\.|$)/;
/** Directories in which nothing is written by hand. */
const GENERATED: ReadonlySet<string> = new Set(['node_modules', 'coverage', 'log', 'logs', 'tmp', 'temp']);

/** Whether nothing in it is watched, and it is not even read. */
export function isIgnoredDirectory(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.') || GENERATED.has(name));
}

/** Whether a change of this file is a change of the application. */
export function isSource(path: string): boolean {
  const [directory, name] = splitAtLast(path);
  if (isIgnoredDirectory(directory)) return false;
  if (name.startsWith('.')) return ENVIRONMENT.test(name);
  return SOURCE.test(name) && !DECLARATION.test(name);
}

function splitAtLast(path: string): [directory: string, name: string] {
  const end = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, end)), path.slice(end + 1)];
}
