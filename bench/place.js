import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from './measure/command.js';

const BENCH = import.meta.dirname;

/**
 * Where and on what the contenders run: a directory for this run, removed at its end, a binary, and how to run it.
 *
 * @param flags NODE_OPTIONS, for all of them alike
 */
export function makePlace(binary, flags = '') {
  const directory = mkdtempSync(join(tmpdir(), 'swarm-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // A copy. The pages of the original are shared with whatever else runs on it, the bench itself to begin with, and would
  // count for less in a contender's memory than they cost.
  const node = join(directory, 'bin/node');
  mkdirSync(join(directory, 'bin'));
  copyFileSync(binary, node, constants.COPYFILE_FICLONE);
  const run = (args, environment) => new Command(node, args, { cwd: BENCH, home: directory, environment });
  return { directory, node, flags, run };
}
