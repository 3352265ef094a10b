import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const LOCK = join(import.meta.dirname, 'package-lock.json');

/** A copy of the lock file that was installed: removed with what it describes. */
const INSTALLED = join(import.meta.dirname, 'node_modules', '.installed-package-lock.json');

/** Before these tests, installs the queue libraries, where that has not been done. */
export async function setup(): Promise<void> {
  const wanted = await readFile(LOCK, 'utf8');
  const installed = await readFile(INSTALLED, 'utf8').catch(() => undefined);
  if (installed === wanted) return;
  console.log('Installing the queue libraries of test/queues');
  await promisify(execFile)('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: import.meta.dirname });
  await writeFile(INSTALLED, wanted);
}
