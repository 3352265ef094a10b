import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from './measure/command.js';

const BENCH = import.meta.dirname;

/**
 * Prepares the place where contenders run: a directory, removed at the end, a Node binary, and a function to run it.
 *
 * @param flags NODE_OPTIONS for all contenders
 */
export function makePlace(binary, flags = '') {
  const directory = mkdtempSync(join(tmpdir(), 'swarm-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // A copy: other processes, such as the bench itself, share the pages of the original, which would then count for too
  // little in a contender's memory.
  const node = join(directory, 'bin/node');
  mkdirSync(join(directory, 'bin'));
  copyFileSync(binary, node, constants.COPYFILE_FICLONE);
  const run = (args, environment) => new Command(node, args, { cwd: BENCH, home: directory, environment });
  return { directory, node, flags, run };
}
