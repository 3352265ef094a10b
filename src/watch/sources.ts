/* Which files and directories matter. Paths are relative to the watched directory and separated by slashes. */

/** Files that Node or one of its loaders may load. */
const SOURCE = /\.([cm]?[jt]s|[jt]sx|json|node|wasm)$/;
/** Type declarations, which a compiler writes beside each file. */
const DECLARATION = /\.d\.[cm]?ts$/;
/** Files that dotenv loads. */
const ENVIRONMENT = /^\.env(\.|$)/;
/** Directories whose content is never written by hand. */
const GENERATED: ReadonlySet<string> = new Set(['node_modules', 'coverage', 'log', 'logs', 'tmp', 'temp']);

/** Whether a directory is ignored: swarm watches nothing in it and does not even read it. */
export function isIgnoredDirectory(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.') || GENERATED.has(name));
}

/** Whether a change to this file changes the application. */
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
