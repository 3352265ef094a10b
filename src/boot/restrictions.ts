import { statSync } from 'node:fs';
import { ConfigError } from '../config/errors.ts';
import { optionsInForce } from '../protocol/node-options.ts';

/** Why this process cannot fork workers, as a clause. The addon reports further reasons. */
export function whyUnforkable(): string | undefined {
  // V8 also accepts underscores.
  const log = optionsInForce()
    .map((option) => option.replaceAll('_', '-'))
    .find((flag) => LOG.test(flag));
  if (log !== undefined) return `with ${log}, V8 writes a file for each process it starts in`;
  // --jitless
  if (!('WebAssembly' in globalThis)) return 'this Node has no WebAssembly (--jitless)';
  try {
    // Checking /proc is not enough: it can be empty, or belong to another PID namespace.
    statSync(`/proc/${process.pid}/stat`);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no /proc' : `/proc cannot be read (${code})`;
  }
}

/** With these flags V8 opens a file named after the pid when a process starts. Copies would all write to that file. */
const LOG =
  /^--(?:prof|ll-prof|perf-prof|perf-basic-prof(?:-only-functions)?|gdbjit|log|log-(?:all|code|deopt|ic|maps))$/;

/** Permissions needed to start workers and talk to them, by their names in Node's permission model. */
const RIGHTS = [
  ['child', '--allow-child-process'],
  // Since Node 25.
  ['net', '--allow-net'],
] as const;

/**
 * Without these permissions every start of a worker would fail.
 *
 * @throws ConfigError
 */
export function requireRights(): void {
  // Undefined without --permission.
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

/** @throws ConfigError if the working directory has been removed */
export function requireWorkingDirectory(): void {
  try {
    process.cwd();
  } catch {
    throw new ConfigError('the working directory has been removed: change to one that exists.');
  }
}
