import { expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

test('32 workers boot and stop, and no message is lost', async () => {
  const swarm = new Swarm(['-r', './jobs.mjs'], {
    env: { COUNT: '32', JOB_MS: '100', SWARM_LOG_LEVEL: 'debug' },
  });
  await swarm.event('worker.ready', 32);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  const everybody = Array.from({ length: 32 }, (_, slot) => slot);
  for (const event of ['worker.start', 'worker.ready', 'worker.stop', 'worker.quiet', 'worker.exit']) {
    const heard = swarm.events(event).map(({ worker }) => worker as number);
    expect(heard.sort((a, b) => a - b)).toEqual(everybody);
  }
  expect(swarm.said('stopped')).toHaveLength(32);
  expect(swarm.said('done')).toHaveLength(swarm.said('begin').length);
  expect(swarm.processes()).toEqual([]);
});
