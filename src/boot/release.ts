import { realpathSync } from 'node:fs';
import type { FindRelease } from '../process/release.ts';
import { resolveModules } from './modules.ts';

/**
 * Returns a function that finds the `-r` modules below the working directory as it is at the time of the call.
 *
 * @param names the -r options as given
 */
export function releaseFinder(names: readonly string[]): FindRelease {
  const path = workingDirectory();
  return async () => {
    const directory = realpathSync(path);
    return { directory, modules: await resolveModules(names, directory) };
  };
}

/**
 * The working directory by the name it was entered by, which can be a symbolic link that a deploy changes, such as
 * `current`. The kernel knows only its target.
 */
function workingDirectory(): string {
  const actual = process.cwd();
  const entered = process.env['PWD'];
  try {
    return entered !== undefined && realpathSync(entered) === actual ? entered : actual;
  } catch {
    // PWD names another directory: the parent process did not update it.
    return actual;
  }
}
