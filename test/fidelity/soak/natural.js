import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownPid } from '../rows/parts/own-pid.js';

const TEXT = 'a line on stdout\n'.repeat(5000);

export const leaves = 'naturally';

/**
 * Children exit naturally, when their event loops run empty. All of their output must be there, and 'exit' must fire.
 */
export function start({ directory }) {
  const path = (pid) => join(directory, `stdout-${pid}`);
  return {
    child() {
      closeSync(1);
      assert.equal(openSync(path(ownPid()), 'w'), 1);
      process.stdout.write(TEXT);
      setTimeout(() => console.log('a timer'), 5);
      process.on('exit', (code) => console.log(`exit event ${code}`));
    },
    check(pids) {
      for (const pid of pids) assert.equal(readFileSync(path(pid), 'utf8'), `${TEXT}a timer\nexit event 0\n`);
    },
  };
}
