import { expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

test('when the supervisor is killed, workers finish their current job and exit', async () => {
  const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '4', JOB_MS: '200' } });
  await swarm.event('worker.ready', 4);
  await swarm.heard('begin', 4);
  swarm.signal('SIGKILL');
  await swarm.gone();
  // Resolves when the last worker has closed its stdout and all output has been read.
  await swarm.exited;
  expect(swarm.said('stopped')).toHaveLength(4);
  expect(swarm.said('done').map(job).sort()).toEqual(swarm.said('begin').map(job).sort());
});

test('when the supervisor is killed, a worker that ignores TERM ends at its own deadline', async () => {
  const swarm = new Swarm(['-r', './stubborn.mjs'], { env: { COUNT: '2', SWARM_TIMEOUT: '1' } });
  await swarm.event('worker.ready', 2);
  swarm.signal('SIGKILL');
  await swarm.gone();
  await swarm.exited;
  expect(swarm.said('term')).toHaveLength(2);
});

test('when the supervisor is killed, workers that are still booting end', async () => {
  const swarm = new Swarm(['-r', './never-ready.mjs'], { env: { COUNT: '2', SWARM_TIMEOUT: '1' } });
  await swarm.event('worker.start', 2);
  swarm.signal('SIGKILL');
  await swarm.gone();
});

test('when a worker is killed, its surviving child does not delay its replacement', async () => {
  const swarm = new Swarm(['-r', './has-child.mjs'], { env: { COUNT: '1' } });
  await swarm.event('worker.ready');
  const [, , child] = ((await swarm.heard('child'))[0] ?? '').split(' ');
  process.kill((await swarm.event('worker.ready')).pid as number, 'SIGKILL');
  await swarm.event('worker.ready', 2);
  process.kill(Number(child), 'SIGKILL');
});

function job(line: string): string {
  return line.split(' ').slice(1).join(' ');
}
