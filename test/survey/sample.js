import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const DIRECTORY = fileURLToPath(new URL('../../.cache/survey/', import.meta.url));

/**
 * Installs the packages that packages.txt names, without running their scripts. The first time, this takes minutes.
 *
 * @returns the directory that they are installed in
 */
export async function installSample() {
  const text = await readFile(new URL('packages.txt', import.meta.url), 'utf8');
  const names = text.split(/\s+/).filter(Boolean);
  await mkdir(DIRECTORY, { recursive: true });
  const manifest = { private: true, dependencies: Object.fromEntries(names.map((name) => [name, '*'])) };
  await writeFile(join(DIRECTORY, 'package.json'), JSON.stringify(manifest));
  const quietly = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'];
  await promisify(execFile)('npm', ['install', ...quietly], { cwd: DIRECTORY });
  return DIRECTORY;
}
