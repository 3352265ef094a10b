import assert from 'node:assert/strict';
import { exec, execFile, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { ownPid, parentPid } from './parts/own-pid.js';

export const processes = {
  async 'child_process exec'() {
    assert.equal((await promisify(exec)('echo "from $0"')).stdout.slice(0, 5), 'from ');
    await assert.rejects(promisify(exec)('exit 3'), { code: 3 });
    const { stdout } = await promisify(execFile)(process.execPath, ['--print', '6 * 7']);
    assert.equal(stdout, '42\n');
  },

  async 'child_process spawn'() {
    const cat = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
    cat.stdin.end('through a pipe '.repeat(20_000));
    assert.equal(await text(cat.stdout), 'through a pipe '.repeat(20_000));
    const sleepers = Array.from({ length: 10 }, () => spawn('sleep', ['1000'], { stdio: 'ignore' }));
    const exits = Promise.all(sleepers.map((child) => once(child, 'exit')));
    for (const child of sleepers) child.kill('SIGKILL');
    for (const exit of await exits) assert.deepEqual(exit, [null, 'SIGKILL']);
    assert.equal(spawnSync('sh', ['-c', 'exit 4']).status, 4);
  },

  async 'child_process fork'() {
    const child = fork(new URL('./parts/ipc.js', import.meta.url));
    assert.deepEqual(await once(child, 'message'), ['online', undefined]);
    child.send({ number: 1 });
    assert.deepEqual((await once(child, 'message'))[0], { echo: { number: 1 } });
    child.send('leave');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  },

  async 'signal handlers'() {
    for (const signal of ['SIGUSR2', 'SIGTERM', 'SIGHUP', 'SIGCHLD', 'SIGWINCH']) {
      // Waiting for a signal does not keep the event loop alive.
      const alive = setInterval(() => {}, 1000);
      const handled = once(process, signal);
      process.kill(ownPid(), signal);
      assert.equal((await handled)[0], signal);
      const again = once(process, signal);
      spawn('kill', ['-s', signal.slice(3), String(ownPid())]);
      assert.equal((await again)[0], signal);
      clearInterval(alive);
    }
  },

  async 'process.pid and process.ppid'() {
    assert.equal(process.ppid, parentPid());
    assert.equal(process.pid, ownPid());
    const handled = once(process, 'SIGUSR2');
    const alive = setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGUSR2');
    await handled;
    clearInterval(alive);
  },
};
