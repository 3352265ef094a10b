import { existsSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { moldsOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import {
  codeOf,
  deploy,
  deployed,
  expectNobodyMissing,
  GATE,
  pidsReady,
  release,
  reloads,
  stop,
  untilRunning,
} from '../support/releases.ts';
import { Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };

describe.each(['SIGUSR2', 'SIGHUP'] as const)('%s', (signal) => {
  test('replaces each worker with one that runs the current code', async () => {
    const { swarm, directory } = await deployed();
    const old = pidsReady(swarm);
    await deploy(directory, release('two'));
    swarm.signal(signal);
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 1)).toEqual([0, 1, 2].map((index) => `${index} one one 1 1`));
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    expect(swarm.events('worker.exit').map(({ pid, status }) => [pid, status])).toEqual(
      expect.arrayContaining(old.map((pid) => [pid, 0])),
    );
    expect(reloads(swarm, 'info')).toEqual([
      `${signal}: starting generation 2 from the current code; it replaces the workers once it boots`,
      expect.stringMatching(/^generation 2 is running: 3 workers renewed in [\d.]+ m?s$/),
    ]);
    await swarm.processesAre('no old mold', () => moldsOf(swarm).length <= 1);

    // A worker that dies now is replaced from the new generation.
    kill(pidsReady(swarm)[3] as number, 'SIGKILL');
    await swarm.event('worker.ready', 7);
    expect(codeOf(swarm, 2)).toHaveLength(4);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });
});

test('repeated rolling restarts never reduce capacity', async () => {
  const { swarm, directory } = await deployed();
  for (let generation = 2; generation <= 5; generation += 1) {
    await deploy(directory, release(`v${generation}`));
    swarm.signal('SIGUSR2');
    await untilRunning(swarm, generation);
    const code = `v${generation} v${generation} ${generation} ${generation}`;
    expect(codeOf(swarm, generation)).toEqual([0, 1, 2].map((index) => `${index} ${code}`));
  }
  await stop(swarm);
  expectNobodyMissing(swarm, 3);
  expect(swarm.events('worker.start')).toHaveLength(15);
});

test('restarts requested during a rolling restart follow it as one restart', async () => {
  const { swarm, directory } = await deployed();
  await deploy(directory, release('two', GATE));
  swarm.signal('SIGUSR2');
  await swarm.heard('waits');
  await deploy(directory, release('three'));
  for (let times = 0; times < 3; times += 1) {
    swarm.signal('SIGHUP');
    // Pending signals of the same kind merge into one.
    swarm.signal('SIGUSR2');
  }
  await swarm.until('the acceptance of the request', () =>
    reloads(swarm, 'info').some((msg) => msg.includes('another follows')),
  );
  await writeFile(join(directory, 'go'), '');
  await untilRunning(swarm, 3);
  expect(codeOf(swarm, 3)).toEqual([0, 1, 2].map((index) => `${index} three three 3 3`));
  await stop(swarm);
  expect(
    swarm
      .events('reload')
      .map(({ msg }) => msg)
      .filter((msg) => msg.includes('starting generation')),
  ).toHaveLength(2);
  expectNobodyMissing(swarm, 3);
});

test('a working directory that is a symbolic link is resolved again, and the old code can be gone', async () => {
  const [first, second] = [await application(release('one')), await application(release('two'))];
  const current = join(await application({}), 'current');
  await symlink(first, current);
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: current, env: { COUNT: '2', PWD: current } });
  await swarm.event('worker.ready', 2);
  await rm(current);
  await symlink(second, current);
  await rm(first, { recursive: true });
  swarm.signal('SIGUSR2');
  await untilRunning(swarm, 2);
  const directories = swarm.said('runs').map((line) => line.split(' ').at(-1));
  expect(directories).toEqual([first, first, second, second]);
  expect(codeOf(swarm, 2)).toEqual(['0 two two 2 2', '1 two two 2 2']);
  expect(existsSync(first)).toBe(false);
  await stop(swarm);
});
