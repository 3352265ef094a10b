import { realpathSync } from 'node:fs';
import type { FindRelease } from '../process/release.ts';
import { resolveModules } from './modules.ts';

/**
 * What finds the modules that `-r` names, below the working directory as it is at that time.
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

/** By the name that it was entered by. That may be a link which a deploy changes, such as `current`; the kernel has followed it. */
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
