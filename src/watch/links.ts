import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether a directory is one of those on its own path, through a link that leads back. Each such link would be followed
 * again and again.
 *
 * @param top the directory that the path begins at
 */
export function isRepeated(path: string, top: string): boolean {
  try {
    const actual = realpathSync(path);
    // There is no link on the way.
    if (actual === path) return false;
    for (let above = path; above !== top; ) {
      above = dirname(above);
      if (realpathSync(above) === actual) return true;
    }
  } catch {
    // It is gone, or cannot be read: chokidar finds out.
  }
  return false;
}
