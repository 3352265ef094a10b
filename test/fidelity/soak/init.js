import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownPid } from '../rows/parts/own-pid.js';
import { start as startJoin } from './join.js';

/**
 * The mold is PID 1: the value 1 is all over its memory, where a tid is looked for, and it becomes the parent of every
 * orphan. Its children fork siblings, which are its children as well, as swarm's mold does when swarm is PID 1.
 */
export const prefix = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

export async function start({ random, native, directory }) {
  assert.equal(ownPid(), 1);
  // Init has no siblings; and nothing has happened to it.
  assert.throws(() => native.fork(true), { code: 'EINVAL' });
  const threads = await startJoin({ random });
  return {
    ...threads,
    async child() {
      await threads.child();
      const sibling = native.fork(true);
      if (sibling === 0) {
        await sleep(1);
        process.exit(7);
      }
      writeFileSync(join(directory, `sibling-${sibling}`), '');
      const shell = spawn('sh', ['-c', 'true & true & exit 0'], { stdio: 'ignore' });
      assert.deepEqual(await once(shell, 'exit'), [0, null]);
    },
    async check() {
      for (const name of readdirSync(directory).filter((entry) => entry.startsWith('sibling-'))) {
        const pid = Number(name.split('-')[1]);
        let end;
        for (end = native.reap(pid); !end; end = native.reap(pid)) await sleep(1);
        rmSync(join(directory, name));
        assert.deepEqual(end, { code: 7, signal: null });
      }
      native.reapOrphans([]);
      await threads.check();
    },
  };
}
