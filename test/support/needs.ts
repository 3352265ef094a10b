import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ADDON } from './addon.ts';
import { postgresIsInstalled } from './postgres.js';
import { redisIsInstalled } from './redis.js';

/** Parts that a machine can lack, each with a test for its presence and a remedy. */
const PARTS = {
  'the addon': {
    isThere: () => existsSync(new URL(`../../${ADDON}`, import.meta.url)),
    remedy: 'install cc and make, then run "npm run build"',
  },
  root: { isThere: () => process.getuid?.() === 0, remedy: 'run the tests as root' },
  Redis: { isThere: redisIsInstalled, remedy: '.ci/packages installs it' },
  PostgreSQL: { isThere: postgresIsInstalled, remedy: '.ci/packages installs it' },
  Prometheus: { isThere: () => runs('prometheus', '--version'), remedy: '.ci/packages installs it' },
  podman: {
    isThere: () => process.getuid?.() === 0 && runs('podman', 'info'),
    remedy: 'run the tests as root, with what .ci/packages installs',
  },
  foreman: { isThere: () => runs('foreman', 'version'), remedy: '.ci/packages installs it' },
  python3: { isThere: () => runs('python3', '--version'), remedy: '.ci/packages installs it' },
  strace: { isThere: () => runs('strace', '--version'), remedy: '.ci/packages installs it' },
  tmux: { isThere: () => runs('tmux', '-V'), remedy: '.ci/packages installs it' },
  Chromium: { isThere: () => runs('chromium', '--version'), remedy: '.ci/packages installs it' },
  'user namespaces': {
    isThere: () => runs('unshare', '--user', '--map-root-user', 'true'),
    remedy: 'let this user create them (kernel.unprivileged_userns_clone)',
  },
  'systemd-analyze': { isThere: () => runs('systemd-analyze', '--version'), remedy: '.ci/packages installs it' },
};

type Part = keyof typeof PARTS;

/**
 * Whether tests that need this part can run. If not, it logs a line, because a skipped test proves nothing. In CI the
 * tests run regardless, and fail.
 *
 * @param what a short name of the tests
 */
export function has(part: Part, what: string): boolean {
  return log(missing(part, what));
}

/** The line that `has` would log, if any. */
export function missing(part: Part, what: string): string | undefined {
  const { isThere, remedy } = PARTS[part];
  return isThere() ? undefined : skipped(what, `they need ${part}: ${remedy}`);
}

/** Logs that tests are skipped, except in CI. @returns whether they run regardless */
export function skip(what: string, reason: string): boolean {
  return log(skipped(what, reason));
}

function skipped(what: string, reason: string): string | undefined {
  return process.env['CI'] ? undefined : `SKIPPED: ${what}, because ${reason}`;
}

function log(line: string | undefined): boolean {
  if (line !== undefined) console.warn(line);
  return line === undefined;
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}
