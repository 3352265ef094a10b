// Installs the packages of lock files, unless they are installed already:
//
//   node install.js DIRECTORY…
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * @param {string} directory with a package-lock.json
 * @throws if npm fails
 */
export async function installLocked(directory) {
  // A copy of the installed lock file. It lies in node_modules, so it is removed with the packages.
  const record = join(directory, 'node_modules', '.installed-package-lock.json');
  const wanted = await readFile(join(directory, 'package-lock.json'), 'utf8');
  const installed = await readFile(record, 'utf8').catch(() => undefined);
  if (installed === wanted) return;
  console.log(`Installing the packages for the tests in ${basename(directory)}`);
  await promisify(execFile)('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: directory });
  await writeFile(record, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await Promise.all(process.argv.slice(2).map(installLocked));
}
