import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Installs what the lock file of a directory names, where that has not been done. */
export async function installLocked(directory: string, what: string): Promise<void> {
  // A copy of the lock file that was installed: removed with what it describes.
  const record = join(directory, 'node_modules', '.installed-package-lock.json');
  const wanted = await readFile(join(directory, 'package-lock.json'), 'utf8');
  const installed = await readFile(record, 'utf8').catch(() => undefined);
  if (installed === wanted) return;
  console.log(`Installing ${what}`);
  await promisify(execFile)('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: directory });
  await writeFile(record, wanted);
}
