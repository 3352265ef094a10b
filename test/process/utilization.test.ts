import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

/** For so long a mold, or a supervisor, has nothing to do, milliseconds. */
const REST = 3000;

test('the time in which a mold waits does not count for the workers that it forks next', async () => {
  const swarm = new Swarm(['-r', './utilization.mjs'], { env: { COUNT: '1' } });
  const [first = ''] = await swarm.heard('utilization');
  const { pid } = await swarm.event('worker.ready');
  // Not a wait for something, but the thing itself.
  await setTimeout(REST);
  kill(pid as number, 'SIGKILL');
  const [, second = ''] = await swarm.heard('utilization', 2);
  const [busy, later] = [first, second].map((line) => Number(line.split(' ')[2]));
  // Both have begun in the same way.
  expect((later ?? 0) - (busy ?? 0)).toBeLessThan(REST / 2);
  for (const line of [first, second]) {
    const [, , , isSame, isSound, drift] = line.split(' ');
    expect([isSame, isSound]).toEqual(['true', 'true']);
    // The clock is that of the wall still: it may have been set meanwhile, but not by seconds.
    expect(Math.abs(Number(drift))).toBeLessThan(REST / 2);
  }
});
