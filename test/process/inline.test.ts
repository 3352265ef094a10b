import { expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

const env = { SWARM_MODE: 'inline', COUNT: '4', INDEX: '7' };

test('inline mode runs the module in the process of swarm itself', async () => {
  const swarm = new Swarm(['-r', './idle.mjs'], { env });
  const [loaded] = await swarm.heard('loaded');
  expect(loaded).toMatch(new RegExp(`^loaded 7 ${swarm.pid} `));
  expect(swarm.processes()).toEqual([swarm.pid]);
});

test('inline mode drains on TERM', async () => {
  const swarm = new Swarm(['-r', './jobs.mjs'], { env: { ...env, JOB_MS: '100' } });
  await swarm.heard('begin');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.said('done')).toHaveLength(swarm.said('begin').length);
  expect(swarm.said('stopped')).toHaveLength(1);
});

test('inline mode enforces SWARM_TIMEOUT', async () => {
  const swarm = new Swarm(['-r', './slow-close.mjs'], { env: { ...env, SWARM_TIMEOUT: '0.2' } });
  await swarm.heard('serving');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 1, signal: null });
});

test('inline mode shows why the module could not be loaded', async () => {
  const swarm = new Swarm(['-r', './throws.mjs'], { env });
  expect(await swarm.exited).toEqual({ code: 1, signal: null });
  expect(swarm.errors.filter((line) => line === 'Error: no such database')).toHaveLength(1);
});
