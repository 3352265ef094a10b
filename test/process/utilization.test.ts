import { expect, test } from 'vitest';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

test('the time in which a mold waits does not count as idle time of the workers that it forks next', async () => {
  const swarm = new Swarm(['-r', './utilization.mjs'], { env: { COUNT: '1' } });
  const [first = ''] = await swarm.heard('utilization');
  const { pid } = await swarm.event('worker.ready');
  // On the same clock as the workers. The mold has been waiting since it forked the first one.
  const killed = Number(process.hrtime.bigint()) / 1e6;
  kill(pid as number, 'SIGKILL');
  const [, second = ''] = await swarm.heard('utilization', 2);

  const [one, two] = [said(first), said(second)];
  expect(one.after).toBeLessThan(killed);
  expect(two.ran - one.ran).toBeLessThan(two.after - killed);
  for (const line of [first, second]) expect(line.split(' ').slice(-2)).toEqual(['true', 'true']);
});

function said(line: string): { ran: number; after: number } {
  const [ran, after] = line.split(' ').slice(2).map(Number);
  return { ran: ran ?? NaN, after: after ?? NaN };
}
