import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { ADDON } from './addon.ts';
import { temporaryDirectory } from './temporary.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Installs the package: the published files, with only their dependencies, each behind a symbolic link as with pnpm.
 *
 * @returns the path of its bin/swarm
 */
export async function install(): Promise<string> {
  const directory = await temporaryDirectory();
  for (const file of [...manifest.files, 'package.json']) {
    await cp(join(ROOT, file), join(directory, file), { recursive: true });
  }
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(directory, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  return join(directory, 'bin', 'swarm');
}

/**
 * Installs the package with a launcher that also runs this JavaScript: once it listens for signals, before it loads
 * anything.
 *
 * @param source CommonJS
 */
export async function installWith(source: string): Promise<string> {
  const bin = await install();
  const launcher = await readFile(bin, 'utf8');
  const before = 'const root = ';
  if (!launcher.includes(before)) throw new Error(`there is no "${before}" in bin/swarm`);
  await writeFile(
    bin,
    launcher.replace(before, () => `${source}\n${before}`),
  );
  return bin;
}

/** Removes the addon from what install() made, as on Alpine, and returns its bin/swarm. */
export async function withoutAddon(bin: string): Promise<string> {
  await rm(join(dirname(bin), '..', ADDON));
  return bin;
}
