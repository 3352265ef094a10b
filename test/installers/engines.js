import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';

/** The package.json of each package, but not those in its subdirectories. */
const MANIFEST = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/;

/**
 * Finds installed packages that do not support the oldest Node that swarm supports. npm installs older versions
 * instead, other installers install them regardless, and Yarn 1 fails.
 *
 * @param {string} directory of the application
 * @returns {Promise<string[]>} "left-pad 2.0.0 needs Node >=22"
 */
export async function unsupported(directory) {
  const paths = await readdir(join(directory, 'node_modules'), { recursive: true });
  const files = paths.map((path) => `node_modules/${path}`).filter((path) => MANIFEST.test(path));
  const manifests = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(directory, file), 'utf8'))),
  );
  const own = manifests.find(({ name }) => name === 'dyno-swarm');
  const oldest = semver.minVersion(own.engines.node);
  return manifests
    .filter(({ engines }) => engines?.node && !semver.satisfies(oldest, engines.node))
    .map(({ name, version, engines }) => `${name} ${version} needs Node ${engines.node}`);
}
