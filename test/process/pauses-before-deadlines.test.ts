import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { expectNothingLost, freeze, suspend } from '../support/pauses.ts';
import { Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };
const WORKERS = 4;

/** Milliseconds, longer than the timeouts, which are long enough for a slow machine. */
const PAUSE = 8500;

describe.each([
  ['that is suspended', suspend],
  ['that is frozen with its workers', freeze],
])('a supervisor %s', (_what, pause) => {
  test('for longer than SWARM_BOOT_TIMEOUT kills no worker that boots', async () => {
    const directory = await application({
      'slow.mjs': `
        import { existsSync, writeSync } from 'node:fs';
        import { setTimeout as sleep } from 'node:timers/promises';
        writeSync(1, 'waits ' + process.env.INDEX + '\\n');
        while (!existsSync('go')) await sleep(10);
        export default () => void setInterval(() => {}, 60_000);`,
    });
    const env = { COUNT: String(WORKERS), SWARM_BOOT_TIMEOUT: '8' };
    const swarm = new Swarm(['-r', './slow.mjs'], { cwd: directory, env });
    await swarm.heard('waits', WORKERS);
    const pids = swarm.events('worker.start').map(({ pid }) => pid);
    await pause(swarm, PAUSE);
    writeFileSync(join(directory, 'go'), '');
    await swarm.event('worker.ready', WORKERS);
    await expectNothingLost(swarm, pids);
  });

  test('for longer than SWARM_TIMEOUT kills no worker that stops', async () => {
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
    const env = { COUNT: String(WORKERS), SWARM_TIMEOUT: '8' };
    const swarm = new Swarm(['-r', './finishes.mjs'], { cwd: directory, env });
    await swarm.event('worker.ready', WORKERS);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid);
    swarm.signal('SIGTERM');
    await swarm.heard('stops', WORKERS);
    await pause(swarm, PAUSE);
    writeFileSync(join(directory, 'go'), '');
    await expectNothingLost(swarm, pids);
  });

  test('for longer than SWARM_BOOT_TIMEOUT during the preload still boots', async () => {
    const directory = await application({
      'slow.js': `
        const { existsSync, writeSync } = require('node:fs');
        writeSync(1, 'preloads -\\n');
        while (!existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);`,
      'jobs.mjs': 'export default () => void setInterval(() => {}, 60_000);',
    });
    const env = { COUNT: '1', SWARM_BOOT_TIMEOUT: '8', SWARM_PRELOAD: './slow.js' };
    const swarm = new Swarm(['-r', './jobs.mjs', '-r', './slow.js'], { cwd: directory, env });
    await swarm.heard('preloads');
    await pause(swarm, PAUSE);
    writeFileSync(join(directory, 'go'), '');
    const { pid } = await swarm.event('worker.ready');
    await expectNothingLost(swarm, [pid]);
  });
});

test('swarm doctor suspended for longer than SWARM_BOOT_TIMEOUT blames no package', async () => {
  const directory = await application({
    'jobs.mjs': "import 'slow'; export default () => {};",
    'node_modules/slow/index.js': `
      const { existsSync, writeFileSync } = require('node:fs');
      writeFileSync(process.cwd() + '/loading', '');
      while (!existsSync(process.cwd() + '/go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);`,
  });
  const env = { SWARM_MODE: 'fork', SWARM_BOOT_TIMEOUT: '8' };
  const doctor = new Swarm(['doctor', '-r', './jobs.mjs'], { cwd: directory, env });
  await doctor.processesAre('a package that is loading', () => existsSync(join(directory, 'loading')));
  await suspend(doctor, PAUSE);
  writeFileSync(join(directory, 'go'), '');
  expect(await doctor.exited).toEqual(CLEAN);
  expect(doctor.lines.join('\n')).not.toContain('hangs');
});
