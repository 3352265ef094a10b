// Installs what the lock files of directories name, where that has not been done:
//
//   node install.js DIRECTORY…
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * @param {string} directory with a package-lock.json
 * @throws where npm fails
 */
export async function installLocked(directory) {
  // A copy of the lock file that was installed. It goes away with the packages that it describes.
  const record = join(directory, 'node_modules', '.installed-package-lock.json');
  const wanted = await readFile(join(directory, 'package-lock.json'), 'utf8');
  const installed = await readFile(record, 'utf8').catch(() => undefined);
  if (installed === wanted) return;
  console.log(`Installing what the tests in ${basename(directory)} use`);
  await promisify(execFile)('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: directory });
  await writeFile(record, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await Promise.all(process.argv.slice(2).map(installLocked));
}
