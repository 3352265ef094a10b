import { belowJavascript } from './below-javascript.js';
import { carried } from './carried.js';
import { carriedThreads } from './carried-threads.js';
import { compression } from './compression.js';
import { computing } from './computing.js';
import { crypto } from './crypto.js';
import { files } from './files.js';
import { introspection } from './introspection.js';
import { leaving } from './leaving.js';
import { modules } from './modules.js';
import { network } from './network.js';
import { processes } from './processes.js';
import { timers } from './timers.js';
import { workers } from './workers.js';

const groups = [
  files,
  network,
  crypto,
  compression,
  computing,
  workers,
  modules,
  processes,
  timers,
  introspection,
  carried,
  carriedThreads,
  belowJavascript,
  leaving,
];

/**
 * The rows of the matrix by name. `run` must work in a child. Most rows share a mold. A row with `mold` has its own
 * mold, in which that function prepares the arguments of `run`. After the fork, `run` must work there too.
 *
 * @type {Map<string, {
 *   run: (...given: any[]) => unknown,
 *   mold?: (context: object) => unknown,
 *   env?: Record<string, string>,
 *   stdout?: 'pipe' | 'file',
 *   ends?: { code: number | null, signal?: string, prints: string, complains?: string },
 * }>}
 */
export const rows = new Map(
  groups.flatMap((group) =>
    Object.entries(group).map(([name, row]) => [name, typeof row === 'function' ? { run: row } : row]),
  ),
);
