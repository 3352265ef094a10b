import { describe, expect, test } from 'vitest';
import type { Swarm } from '../support/swarm.ts';
import { jobs, Queue } from './queue.ts';

const CLEAN = { code: 0, signal: null };

export interface Library {
  /** File name in workers/. */
  module: string;
  /** How the log names a running job. */
  named: RegExp;
  /** Environment variables that locate its server. Call it only inside tests. */
  servers: () => NodeJS.ProcessEnv;
  /** Whether it can run here. */
  runs: boolean;
  /** Resolves when the only worker waits for a job. Absent if the server cannot tell. */
  waits?: () => Promise<void>;
}

/** Tests what quiet and stop must do for every queue library. */
export function describeDraining(name: string, { module, named, servers, runs, waits }: Library): void {
  describe.runIf(runs)(name, () => {
    test('a stopping worker finishes its current job, takes no other, and exits by itself', async () => {
      const queue = await Queue.create(module, servers());
      await queue.add(1, 2);
      const swarm = queue.work({ COUNT: '1' });
      await swarm.heard('begin');

      swarm.signalAll('SIGTERM');
      await swarm.event('worker.stop');
      swarm.signalAll('SIGTERM');
      await queue.release(1, 2);

      expect(await swarm.exited).toEqual(CLEAN);
      expect(swarm.events('worker.exit')).toMatchObject([{ status: 0 }]);
      expect([jobs(swarm, 'begin'), jobs(swarm, 'done')]).toEqual([[1], [1]]);
      expect(swarm.errors).toEqual([]);

      // The queue has recorded the first job as done, and the second one was never begun.
      const next = queue.work({ COUNT: '1' });
      await next.heard('done');
      next.signal('SIGTERM');
      expect(await next.exited).toEqual(CLEAN);
      expect(jobs(next, 'begin')).toEqual([2]);
    });

    test('a quiet worker finishes its job, takes no other, and stays until it is stopped; others keep working', async () => {
      const queue = await Queue.create(module, servers());
      await queue.add(1, 2);
      const swarm = queue.work({ COUNT: '2' });
      await swarm.heard('begin', 2);
      const [quieted] = jobs(swarm, 'begin', 0);
      const pid = pidOf(swarm, 0);

      for (let time = 0; time < 3; time += 1) process.kill(pid, 'SIGTSTP');
      await swarm.event('worker.quiet');
      await queue.release(quieted as number);
      await swarm.heard('done');
      await queue.add(3, 4, 5);
      await queue.release(1, 2, 3, 4, 5);
      await swarm.heard('done', 5);

      expect(jobs(swarm, 'begin', 0)).toEqual([quieted]);
      expect(swarm.events('worker.exit')).toEqual([]);
      expect(swarm.processes()).toContain(pid);
      swarm.signal('SIGTERM');
      expect(await swarm.exited).toEqual(CLEAN);
      expect(swarm.events('worker.exit')).toMatchObject([{ status: 0 }, { status: 0 }]);
    });

    test('a quiet worker that waits for a job does not take the next one', async () => {
      const queue = await Queue.create(module, servers());
      await queue.add(1);
      await queue.release(1, 2);
      const swarm = queue.work({ COUNT: '1' });
      await swarm.heard('done');
      await waits?.();

      swarm.signal('SIGTSTP');
      await swarm.event('worker.quiet');
      await queue.add(2);
      // Queues serve the worker that has waited longest, so the quiet one would get this job if it still waited.
      const other = queue.work({ COUNT: '1' });
      await other.heard('done');

      expect([jobs(swarm, 'begin'), jobs(other, 'begin')]).toEqual([[1], [2]]);
      swarm.signal('SIGTERM');
      other.signal('SIGTERM');
      expect([await swarm.exited, await other.exited]).toEqual([CLEAN, CLEAN]);
      expect(swarm.errors).toEqual([]);
    });

    test('a stop of a quiet worker waits for its current job', async () => {
      const queue = await Queue.create(module, servers());
      await queue.add(1);
      const swarm = queue.work({ COUNT: '1' });
      await swarm.heard('begin');

      swarm.signal('SIGTSTP');
      await swarm.event('worker.quiet');
      swarm.signal('SIGTERM');
      await swarm.event('worker.stop');
      process.kill(pidOf(swarm, 0), 'SIGTSTP');
      await queue.release(1);

      expect(await swarm.exited).toEqual(CLEAN);
      expect(jobs(swarm, 'done')).toEqual([1]);
      expect(swarm.errors).toEqual([]);
    });

    test('the log names a job that is cut off at the deadline', async () => {
      const queue = await Queue.create(module, servers());
      await queue.add(1);
      const swarm = queue.work({ COUNT: '1', SWARM_TIMEOUT: '1' });
      await swarm.heard('begin');

      swarm.signal('SIGTERM');

      expect(await swarm.exited).toEqual({ code: 1, signal: null });
      const [kill] = swarm.events('worker.kill');
      expect(kill?.msg).toMatch(/^worker 0 \(index 0, pid \d+\) did not stop .* and is killed: it was busy with /);
      expect(kill?.msg.replace(/^.* it was busy with /, '')).toMatch(named);
    });
  });
}

/** The pid of the first worker in a slot. */
function pidOf(swarm: Swarm, worker: number): number {
  return swarm.events('worker.start').find((line) => line.worker === worker)?.pid as number;
}
