import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether a path leads back to one of its own parents through a symbolic link. Such a link would be followed again and
 * again.
 *
 * @param top the parent directory to search up to
 */
export function isRepeated(path: string, top: string): boolean {
  try {
    const actual = realpathSync(path);
    // There is no symbolic link on the path.
    if (actual === path) return false;
    for (let above = path; above !== top; ) {
      above = dirname(above);
      if (realpathSync(above) === actual) return true;
    }
  } catch {
    // The directory is gone or cannot be read. chokidar will find out.
  }
  return false;
}
