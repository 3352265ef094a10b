import { statSync } from 'node:fs';
import { ConfigError } from '../config/errors.ts';
import { optionsInForce } from '../protocol/node-options.ts';

/** What keeps this process from making workers by fork, other than what the addon says: half a sentence. */
export function whyUnforkable(): string | undefined {
  // V8 takes underscores as well.
  const log = optionsInForce()
    .map((option) => option.replaceAll('_', '-'))
    .find((flag) => LOG.test(flag));
  if (log !== undefined) return `with ${log}, V8 writes a file for each process that it is started in`;
  // --jitless
  if (!('WebAssembly' in globalThis)) return 'this Node has no WebAssembly (--jitless)';
  try {
    // Not only /proc: that may be there and empty, or of other processes.
    statSync(`/proc/${process.pid}/stat`);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no /proc' : `/proc cannot be read (${code})`;
  }
}

/** With these V8 opens a file when a process begins, and puts the pid into its name: copies would write into the original's. */
const LOG =
  /^--(?:prof|ll-prof|perf-prof|perf-basic-prof(?:-only-functions)?|gdbjit|log|log-(?:all|code|deopt|ic|maps))$/;

/** What it takes to start workers and to hear of them, by the names that Node's permission model has for it. */
const RIGHTS = [
  ['child', '--allow-child-process'],
  // Since Node 25.
  ['net', '--allow-net'],
] as const;

/**
 * Without these rights every start of a worker would fail, for ever.
 *
 * @throws ConfigError
 */
export function requireRights(): void {
  // Without --permission there is none.
  const permission: typeof process.permission | undefined = process.permission;
  if (!permission) return;
  const missing = RIGHTS.filter(([right, flag]) => {
    return process.allowedNodeEnvironmentFlags.has(flag) && !permission.has(right);
  });
  if (missing.length === 0) return;
  throw new ConfigError(
    `Node's permission model keeps swarm from running workers: add ${missing.map(([, flag]) => flag).join(' ')}. ` +
      'Workers get the same rights; with --allow-addons they are forked.',
  );
}

/** @throws ConfigError where the working directory has been removed */
export function requireWorkingDirectory(): void {
  try {
    process.cwd();
  } catch {
    throw new ConfigError('the working directory has been removed: change to one that exists.');
  }
}
