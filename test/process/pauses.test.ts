import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };
const WORKERS = 4;

/** Longer than any timeout of these tests, milliseconds. The pause is what is tested: nothing waits for it. */
const PAUSE = 3500;

/** The supervisor does not run for a while, and the workers do. */
async function suspend(swarm: Swarm): Promise<void> {
  swarm.signal('SIGSTOP');
  await swarm.processesAre('a suspended supervisor', () => stateOf(swarm.pid) === 'T');
  await sleep(PAUSE);
  swarm.signal('SIGCONT');
}

function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

/** No process of the swarm runs for a while, as in a container that is frozen. */
async function freeze(swarm: Swarm): Promise<void> {
  const pids = swarm.processes();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await swarm.processesAre('suspended processes', () => pids.every((pid) => stateOf(pid) === 'T'));
  await sleep(PAUSE);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
}

/** Whatever the supervisor has done after the pause, its log tells when it has stopped. */
async function expectNothingLost(swarm: Swarm, pids: readonly (number | undefined)[]): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  expect(swarm.events('worker.kill')).toEqual([]);
  expect(swarm.events('worker.hung')).toEqual([]);
  expect(new Set(swarm.events('worker.exit').map(({ pid }) => pid))).toEqual(new Set(pids));
}

describe.each([
  ['that is suspended', suspend],
  ['that is frozen with its workers', freeze],
])('a supervisor %s', (_what, pause) => {
  test('for longer than SWARM_HANG_TIMEOUT kills no healthy worker', async () => {
    const env = { COUNT: String(WORKERS), SWARM_HANG_TIMEOUT: '1' };
    const swarm = new Swarm(['-r', './jobs.mjs'], { env });
    await swarm.event('worker.ready', WORKERS);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid);
    await pause(swarm);
    await expectNothingLost(swarm, pids);
  });

  test('again and again does so neither', async () => {
    const env = { COUNT: String(WORKERS), SWARM_HANG_TIMEOUT: '1' };
    const swarm = new Swarm(['-r', './jobs.mjs'], { env });
    await swarm.event('worker.ready', WORKERS);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid);
    for (let times = 0; times < 3; times += 1) await pause(swarm);
    await expectNothingLost(swarm, pids);
  });

  test('for longer than SWARM_BOOT_TIMEOUT kills no worker that boots', async () => {
    const directory = await application({
      'slow.mjs': `
        import { existsSync, writeSync } from 'node:fs';
        import { setTimeout as sleep } from 'node:timers/promises';
        writeSync(1, 'waits ' + process.env.INDEX + '\\n');
        while (!existsSync('go')) await sleep(10);
        export default () => void setInterval(() => {}, 60_000);`,
    });
    const env = { COUNT: String(WORKERS), SWARM_BOOT_TIMEOUT: '3' };
    const swarm = new Swarm(['-r', './slow.mjs'], { cwd: directory, env });
    await swarm.heard('waits', WORKERS);
    const pids = swarm.events('worker.start').map(({ pid }) => pid);
    await pause(swarm);
    writeFileSync(join(directory, 'go'), '');
    await swarm.event('worker.ready', WORKERS);
    await expectNothingLost(swarm, pids);
  });

  test('for longer than SWARM_TIMEOUT kills nobody that was told to stop', async () => {
    const directory = await application({
      'finishes.mjs': `
        import { existsSync, writeSync } from 'node:fs';
        import { setTimeout as sleep } from 'node:timers/promises';
        export default ({ onStop }) => {
          const timer = setInterval(() => {}, 60_000);
          onStop(async () => {
            writeSync(1, 'stops ' + process.env.INDEX + '\\n');
            while (!existsSync('go')) await sleep(10);
            clearInterval(timer);
          });
        };`,
    });
    const env = { COUNT: String(WORKERS), SWARM_TIMEOUT: '3' };
    const swarm = new Swarm(['-r', './finishes.mjs'], { cwd: directory, env });
    await swarm.event('worker.ready', WORKERS);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid);
    swarm.signal('SIGTERM');
    await swarm.heard('stops', WORKERS);
    await pause(swarm);
    writeFileSync(join(directory, 'go'), '');
    await expectNothingLost(swarm, pids);
  });

  test('for longer than SWARM_BOOT_TIMEOUT while it preloads goes on to boot', async () => {
    const directory = await application({
      'slow.js': `
        const { existsSync, writeSync } = require('node:fs');
        writeSync(1, 'preloads -\\n');
        while (!existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);`,
      'jobs.mjs': 'export default () => void setInterval(() => {}, 60_000);',
    });
    const env = { COUNT: '1', SWARM_BOOT_TIMEOUT: '3', SWARM_PRELOAD: './slow.js' };
    const swarm = new Swarm(['-r', './jobs.mjs', '-r', './slow.js'], { cwd: directory, env });
    await swarm.heard('preloads');
    await pause(swarm);
    writeFileSync(join(directory, 'go'), '');
    const { pid } = await swarm.event('worker.ready');
    await expectNothingLost(swarm, [pid]);
  });
});

test('swarm doctor that is suspended for longer than SWARM_BOOT_TIMEOUT blames nobody', async () => {
  const directory = await application({
    'jobs.mjs': "import 'slow'; export default () => {};",
    'node_modules/slow/index.js': `
      const { existsSync, writeFileSync } = require('node:fs');
      writeFileSync(process.cwd() + '/loading', '');
      while (!existsSync(process.cwd() + '/go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);`,
  });
  const env = { SWARM_MODE: 'fork', SWARM_BOOT_TIMEOUT: '3' };
  const doctor = new Swarm(['doctor', '-r', './jobs.mjs'], { cwd: directory, env });
  await doctor.processesAre('a package that is loading', () => existsSync(join(directory, 'loading')));
  await suspend(doctor);
  writeFileSync(join(directory, 'go'), '');
  expect(await doctor.exited).toEqual(CLEAN);
  expect(doctor.lines.join('\n')).not.toContain('hangs');
});
