import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { kill, MARK, newMark, processesMarked } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { describeDyno, simulate } from './simulate.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

const MB = 1024 ** 2;

describeDyno('the first process of a dyno', () => {
  test.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['kill -KILL $$', 137],
  ])('determines the exit status of the dyno: %s', async (command, status) => {
    const dyno = await simulate({ type: 'standard-1x', command });
    expect(await dyno.exited).toEqual({ status, errors: [] });
    expect(dyno.log.of('heroku')).toEqual([
      `Starting process with command \`${command}\``,
      'State changed from starting to up',
      `Process exited with status ${status}`,
      'State changed from up to crashed',
    ]);
  });

  test('ends all other processes when it ends, even those that ignore TERM', async () => {
    const mark = newMark();
    const others = 'for n in 1 2 3; do (trap "" TERM; while :; do sleep 1000; done) & done; setsid sleep 1000 &';
    const command = `${others} until [ "$(ps -C sleep -o pid= | wc -l)" = 4 ]; do :; done; exit 0`;
    const dyno = await simulate({ type: 'standard-1x', command, env: { [MARK]: mark } });
    expect(await dyno.exited).toEqual({ status: 0, errors: [] });
    expect(processesMarked(mark)).toEqual([]);
  });
});

describeDyno('a stop of a dyno', () => {
  const LAST_WORDS = [
    'Stopping all processes with SIGTERM',
    'Process exited with status 143',
    'State changed from up to down',
  ];

  test('sends TERM to every process', async () => {
    const app = await temporaryDirectory();
    await writeFile(
      join(app, 'inner.mjs'),
      `process.on('SIGTERM', () => { console.log('inner heard'); process.exit(); });
       setInterval(() => {}, 1000);
       console.log('inner listens');`,
    );
    // The outer process exits only if it also got TERM.
    await writeFile(
      join(app, 'outer.mjs'),
      `import { fork } from 'node:child_process';
       import { once } from 'node:events';
       const heard = new Promise((resolve) => process.on('SIGTERM', resolve));
       await once(fork('./inner.mjs'), 'exit');
       await heard;
       console.log('outer heard');
       process.exit(143);`,
    );
    const dyno = await simulate({ type: 'standard-1x', app, command: 'node outer.mjs' });
    await dyno.log.line(/^inner listens$/);
    expect(await dyno.stop()).toEqual({ status: 143, errors: [] });
    expect(new Set(dyno.log.of('app'))).toEqual(new Set(['inner listens', 'inner heard', 'outer heard']));
    expect(dyno.log.of('heroku').slice(-3)).toEqual(LAST_WORDS);
  });

  test('sends TERM more than once', async () => {
    const script = `
      let heard = 0;
      process.on('SIGTERM', () => { heard += 1; if (heard === 3) process.exit(143); });
      setInterval(() => {}, 1000);
      console.log('listens');`;
    const dyno = await simulate({ type: 'standard-1x', command: `node -e "${script}"` });
    await dyno.log.line(/^listens$/);
    expect(await dyno.stop()).toEqual({ status: 143, errors: [] });
    expect(dyno.log.of('heroku').slice(-3)).toEqual(LAST_WORDS);
  });

  test('kills processes that do not exit in time, with R12', async () => {
    const mark = newMark();
    const env = { [MARK]: mark };
    const dyno = await simulate({ type: 'standard-1x', command: 'node ./stubborn.mjs', env, window: 0.5 });
    await dyno.log.line(/^loaded/);
    expect(await dyno.stop()).toEqual({ status: 137, errors: ['R12'] });
    expect(dyno.log.of('heroku').slice(-5)).toEqual([
      'Stopping all processes with SIGTERM',
      'Error R12 (Exit timeout) -> At least one process failed to exit within 0.5 seconds of SIGTERM',
      'Stopping remaining processes with SIGKILL',
      'Process exited with status 137',
      'State changed from up to down',
    ]);
    expect(processesMarked(mark)).toEqual([]);
  });

  test('happens once if it is requested twice', async () => {
    const dyno = await simulate({ type: 'standard-1x', command: 'sleep 1000' });
    expect(await Promise.all([dyno.stop(), dyno.stop()])).toEqual([
      { status: 143, errors: [] },
      { status: 143, errors: [] },
    ]);
    expect(dyno.log.of('heroku').slice(-3)).toEqual(LAST_WORDS);
  });
});

describeDyno('memory', () => {
  /** A script that allocates this much memory, and as much again on USR1. */
  const hog = (megabytes: number) => `
    const kept = [];
    const take = () => {
      for (let count = 0; count < ${megabytes} / 10; count += 1) kept.push(Buffer.alloc(10 * 1024 ** 2, 1));
      console.log('full');
    };
    process.on('SIGUSR1', take);
    setInterval(() => {}, 1000);
    take();`;

  test('above the quota is R14, far above it R15', async () => {
    const dyno = await simulate({ type: 'standard-1x', command: `node -e "${hog(600)}"` });
    await dyno.log.line(/R14/);
    await dyno.log.line(/^full$/);
    for (const pid of dyno.processes()) kill(pid, 'SIGUSR1');
    expect(await dyno.exited).toEqual({ status: 137, errors: ['R14', 'R15'] });
    expect(dyno.log.of('app')).toEqual(['full']);
    expect(dyno.log.of('heroku').slice(2)).toEqual([
      expect.stringMatching(/^Process running mem=\d+M\(1\d\d\.\d%\)$/),
      'Error R14 (Memory quota exceeded)',
      expect.stringMatching(/^Process running mem=\d+M\(2\d\d\.\d%\)$/),
      'Error R15 (Memory quota vastly exceeded)',
      'Stopping process with SIGKILL',
      'Process exited with status 137',
      'State changed from up to crashed',
    ]);
    const { quota, peak, secondsOver } = dyno.memory();
    expect(quota).toBe(512 * MB);
    expect(peak).toBeGreaterThanOrEqual(1024 * MB);
    expect(peak).toBeLessThan(1100 * MB);
    expect(secondsOver).toBeGreaterThan(0);
  });

  test('above the quota is R15 on a dyno without swap', async () => {
    const dyno = await simulate({ type: 'dyno-1c-0.5gb', command: `node -e "${hog(600)}"` });
    expect(await dyno.exited).toEqual({ status: 137, errors: ['R15'] });
  });

  test('allocated faster than the simulator samples it is R15, and does not end only one process', async () => {
    const gulp = "node -e 'console.log(1); Buffer.alloc(1.5 * 1024 ** 3, 1)'";
    const dyno = await simulate({ type: 'standard-1x', command: `${gulp}; echo survived` });
    await dyno.log.line(/^1$/);
    // This blocks the simulator, so it takes no samples. If the kernel did not make the process wait, it would be done,
    // or dead, long before this ends.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    expect(await dyno.exited).toMatchObject({ status: 137, errors: expect.arrayContaining(['R15']) });
    expect(dyno.log.of('app')).toEqual(['1']);
  });

  test('within the quota is no error', async () => {
    const dyno = await simulate({ type: 'standard-1x', command: `node -e "${hog(300)}"` });
    await dyno.log.line(/^full$/);
    const { peak, secondsOver } = dyno.memory();
    expect(await dyno.stop()).toEqual({ status: 143, errors: [] });
    expect(peak).toBeGreaterThan(300 * MB);
    expect(secondsOver).toBe(0);
  });

  test('does not include the page cache', async () => {
    // On a disk, because files in /tmp can be memory themselves. The file is sparse.
    const directory = await mkdtemp(join(REPOSITORY, 'node_modules', '.dyno-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await chmod(directory, 0o755);
    await writeFile(join(directory, 'large'), '');
    await truncate(join(directory, 'large'), 700 * MB);
    const dyno = await simulate({
      type: 'dyno-1c-0.5gb',
      command: `cat ${directory}/large >/dev/null; cat /sys/fs/cgroup/memory.current; exec sleep 1000`,
      shared: [directory],
    });
    expect(Number(await dyno.log.line(/^\d+$/))).toBeGreaterThan(512 * MB);
    expect(dyno.memory().now).toBeLessThan(100 * MB);
    expect(await dyno.stop()).toEqual({ status: 143, errors: [] });
  });
});
