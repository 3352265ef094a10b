import { spawnSync } from 'node:child_process';
import { postgresIsInstalled } from './postgres.js';
import { redisIsInstalled } from './redis.js';

/** Parts that a machine can lack, each with a test for its presence and a remedy. */
const PARTS = {
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

/**
 * Whether tests that need this part can run. If not, it logs a line, because a skipped test proves nothing. In CI the
 * tests run regardless, and fail.
 *
 * @param what a short name of the tests
 */
export function has(part: keyof typeof PARTS, what: string): boolean {
  const { isThere, remedy } = PARTS[part];
  return isThere() || skip(what, `they need ${part}: ${remedy}`);
}

/** Logs that tests are skipped, except in CI. @returns whether they run regardless */
export function skip(what: string, reason: string): boolean {
  if (process.env['CI']) return true;
  console.warn(`SKIPPED: ${what}, because ${reason}`);
  return false;
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}
