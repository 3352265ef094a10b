import { fileURLToPath } from 'node:url';

/**
 * @typedef {{
 *   command: readonly string[],
 *   settings?: Readonly<Record<string, string>>,
 *   launch?: { find: readonly string[], flags: readonly string[] },
 * }} Installer `command` adds the tarball whose path is appended. `settings`: files by name. `launch`: how to find and
 *   run `swarm` if it is not in node_modules/.bin
 */

const tool = (path) => fileURLToPath(new URL(`./node_modules/${path}`, import.meta.url));

const YARN = ['node', tool('@yarnpkg/cli-dist/bin/yarn.js')];
const BUN = tool(process.arch === 'arm64' ? '@oven/bun-linux-aarch64/bin/bun' : '@oven/bun-linux-x64-baseline/bin/bun');

/** @type {Readonly<Record<string, Installer>>} */
export const INSTALLERS = {
  npm: { command: ['node', tool('npm/bin/npm-cli.js'), 'install', '--no-audit', '--no-fund'] },
  pnpm: { command: ['node', tool('pnpm/bin/pnpm.cjs'), 'add'] },
  'Yarn 1': { command: ['node', tool('yarn/bin/yarn.js'), 'add', '--non-interactive'] },
  'Yarn 4, node_modules': { command: [...YARN, 'add'], settings: { '.yarnrc.yml': 'nodeLinker: node-modules\n' } },
  "Yarn 4, Plug'n'Play": {
    command: [...YARN, 'add'],
    settings: { '.yarnrc.yml': 'nodeLinker: pnp\n' },
    launch: {
      find: [...YARN, 'bin', 'swarm'],
      flags: ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs'],
    },
  },
  bun: { command: [BUN, 'add'] },
};
