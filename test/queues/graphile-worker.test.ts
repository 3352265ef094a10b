import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { isNode, jobs, Queue } from './queue.ts';

let postgres: Postgres | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const installed = has('PostgreSQL', 'queue libraries');

// run() handles TERM itself by default. Something else keeps the event loop alive, so that these workers do not exit by
// chance.
describe.each([
  { version: '', module: 'graphile-worker.mjs', runs: installed && isNode(22, 18) },
  { version: ' 0.16', module: 'graphile-worker16.mjs', runs: installed },
])('graphile-worker$version with its own signal handlers', ({ module, runs }) => {
  const env = { COUNT: '1', HANDLE_SIGNALS: '1' };

  async function queueWithJobs(): Promise<Queue> {
    const queue = await Queue.create(module, { POSTGRES_URL: postgres?.url });
    await queue.add(1, 2);
    return queue;
  }

  test.runIf(runs)('finishes its current job after TERM, then the worker exits', async () => {
    const queue = await queueWithJobs();
    const swarm = queue.work(env);
    await swarm.heard('begin');

    for (let time = 0; time < 3; time += 1) swarm.signalAll('SIGTERM');
    await swarm.event('worker.stop');
    await queue.release(1, 2);

    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.events('worker.exit')).toMatchObject([{ status: 0 }]);
    expect([jobs(swarm, 'begin'), jobs(swarm, 'done')]).toEqual([[1], [1]]);
    await expectDone(queue);
  });

  test.runIf(runs)('also finishes a job that lasts longer than its handlers wait', async () => {
    const queue = await queueWithJobs();
    const swarm = queue.work(env);
    await swarm.heard('begin');

    swarm.signal('SIGTERM');
    // After 5 s it installs another handler, and never removes it.
    await swarm.heard('forceful');
    await queue.release(1, 2);

    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(jobs(swarm, 'done')).toEqual([1]);
    await expectDone(queue);
  });

  test.runIf(runs)('also finishes its current job if it was quiet before', async () => {
    const queue = await queueWithJobs();
    const swarm = queue.work(env);
    await swarm.heard('begin');

    swarm.signal('SIGTSTP');
    await swarm.event('worker.quiet');
    swarm.signal('SIGTERM');
    await swarm.event('worker.stop');
    await queue.release(1, 2);

    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect([jobs(swarm, 'begin'), jobs(swarm, 'done')]).toEqual([[1], [1]]);
    await expectDone(queue);
  });

  /** Expects that the first job is recorded as done, and that the second was never begun. */
  async function expectDone(queue: Queue): Promise<void> {
    const next = queue.work(env);
    await next.heard('done');
    next.signal('SIGTERM');
    await next.exited;
    expect(jobs(next, 'begin')).toEqual([2]);
  }
});
