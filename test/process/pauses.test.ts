import { describe, test } from 'vitest';
import { expectNothingLost, freeze, suspend } from '../support/pauses.ts';
import { Swarm } from '../support/swarm.ts';

const WORKERS = 4;

/** Milliseconds, longer than SWARM_HANG_TIMEOUT. */
const PAUSE = 3500;

describe.each([
  ['that is suspended', suspend],
  ['that is frozen with its workers', freeze],
])('a supervisor %s', (_what, pause) => {
  test('for longer than SWARM_HANG_TIMEOUT kills no healthy worker', async () => {
    const env = { COUNT: String(WORKERS), SWARM_HANG_TIMEOUT: '1' };
    const swarm = new Swarm(['-r', './jobs.mjs'], { env });
    await swarm.event('worker.ready', WORKERS);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid);
    await pause(swarm, PAUSE);
    await expectNothingLost(swarm, pids);
  });

  test('repeatedly kills no healthy worker either', async () => {
    const env = { COUNT: String(WORKERS), SWARM_HANG_TIMEOUT: '1' };
    const swarm = new Swarm(['-r', './jobs.mjs'], { env });
    await swarm.event('worker.ready', WORKERS);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid);
    for (let times = 0; times < 3; times += 1) await pause(swarm, PAUSE);
    await expectNothingLost(swarm, pids);
  });
});
