import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ownPid } from '../rows/parts/own-pid.js';
import { childrenOf } from '../tasks.js';
import { start as startJoin } from './join.js';

const SIBLINGS = fileURLToPath(new URL('./siblings.js', import.meta.url));

/**
 * The mold is PID 1: the value 1, its tid, is everywhere in the memory that is searched for tids, and the mold becomes
 * the parent of every orphan. It also gets children from another mold, as swarm does when it is PID 1.
 */
export const prefix = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

export async function start({ random, native }) {
  assert.equal(ownPid(), 1);
  // PID 1 cannot have siblings. The failed fork must leave it unchanged.
  assert.throws(() => native.fork(true), { code: 'EINVAL' });
  const threads = await startJoin({ random });
  return {
    ...threads,
    async child() {
      await threads.child();
      const shell = spawn('sh', ['-c', 'true & true & exit 0'], { stdio: 'ignore' });
      assert.deepEqual(await once(shell, 'exit'), [0, null]);
    },
    async check() {
      const { stdout } = await promisify(execFile)(process.execPath, [SIBLINGS]);
      for (const pid of JSON.parse(stdout)) {
        let end = native.reap(pid);
        for (; !end; end = native.reap(pid)) await sleep(1);
        assert.deepEqual(end, { code: 7, signal: null });
      }
      await threads.check();
    },
    async end() {
      await threads.end();
      for (; childrenOf(1).length > 0; await sleep(1)) native.reapOrphans([]);
    },
  };
}
