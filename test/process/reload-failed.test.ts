import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { moldsOf } from '../support/proc.ts';
import {
  codeOf,
  deploy,
  deployed,
  expectNobodyMissing,
  pidsReady,
  release,
  reloads,
  stop,
  untilFailed,
  untilRunning,
} from '../support/releases.ts';
import { MODE } from '../support/swarm.ts';

describe('a rolling restart fails, keeps the old workers and says why, and the next one succeeds, for a release', () => {
  const throwing = { 'node_modules/shared/index.js': "throw new Error('no such key');" };
  const cases: [what: string, files: Record<string, string>, env: NodeJS.ProcessEnv, why: RegExp, stack?: RegExp][] = [
    [
      'with a syntax error',
      { 'jobs.mjs': 'export default (' },
      {},
      /: its first worker failed while loading \S+\/jobs\.mjs: SyntaxError: /,
      /^SyntaxError: /m,
    ],
    [
      'with a package that throws, preloaded by name',
      throwing,
      { SWARM_PRELOAD: 'shared' },
      MODE === 'spawn'
        ? /: its first worker failed while loading \S+\/jobs\.mjs: Error: no such key/
        : /: preloading shared failed: Error: no such key/,
      /^Error: no such key$/m,
    ],
    [
      'with a module that throws, preloaded with the application',
      { 'jobs.mjs': "throw new Error('no such key');" },
      { SWARM_PRELOAD_APP: '1' },
      MODE === 'spawn'
        ? /: its first worker failed while loading /
        : /: preloading \S+\/jobs\.mjs failed: Error: no such key/,
      /^Error: no such key$/m,
    ],
    [
      'that never becomes ready',
      release('two', 'setInterval(() => {}, 60_000); await new Promise(() => {});'),
      { SWARM_BOOT_TIMEOUT: '10' },
      /: its first worker was not ready within 10 s \(SWARM_BOOT_TIMEOUT\)/,
    ],
    ['that exits', release('two', 'process.exit(3);'), {}, /: its first worker exited with status 3/],
  ];

  test.each(cases)('%s', async (_what, files, env, why, stack) => {
    const { swarm, directory } = await deployed(env);
    const old = pidsReady(swarm) as number[];
    await deploy(directory, files);
    swarm.signal('SIGUSR2');
    const message = await untilFailed(swarm);
    expect(message).toMatch(/^generation 2 failed: /);
    expect(message).toMatch(why);
    expect(message).toMatch(/\. The workers stay as they are; fix this, then restart again$/);
    if (stack) expect(swarm.errors.join('\n').match(new RegExp(stack, 'gm'))).toHaveLength(1);
    await swarm.processesAre('no mold of the failed generation', () => moldsOf(swarm).length <= 1);
    expect(swarm.processes()).toEqual(expect.arrayContaining(old));
    expect(swarm.events('worker.exit').filter(({ pid }) => old.includes(pid as number))).toEqual([]);
    expect(pidsReady(swarm)).toEqual(old);

    await deploy(directory, release('three'));
    swarm.signal('SIGUSR2');
    await untilRunning(swarm, 3);
    expect(codeOf(swarm, 3)).toEqual([0, 1, 2].map((index) => `${index} three three 3 3`));
    expect(reloads(swarm, 'error')).toHaveLength(1);
    await stop(swarm);
    expectNobodyMissing(swarm, 3);
  });

  test('whose module is missing', async () => {
    const { swarm, directory } = await deployed();
    await rename(join(directory, 'jobs.mjs'), join(directory, 'away.mjs'));
    swarm.signal('SIGUSR2');
    expect(await untilFailed(swarm)).toMatch(/^generation 2 failed: -r \.\/jobs\.mjs was not found: /);
    await rename(join(directory, 'away.mjs'), join(directory, 'jobs.mjs'));
    swarm.signal('SIGUSR2');
    await untilRunning(swarm, 3);
    await stop(swarm);
  });
});
