import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimeOf } from './processes.js';

/**
 * Measures the throughput of all workers, which are already working, over some seconds.
 *
 * @returns { rate, cpu }: jobs per second, and CPU time per job in milliseconds, including that of the supervisor. On a
 *   busy machine only `cpu` is reliable.
 */
export async function measureThroughput(session, seconds) {
  const pids = session.processes();
  const cpuBefore = cpuTimeOf(pids);
  const before = await session.ask('count');
  await sleep(seconds * 1000);
  const cpu = cpuTimeOf(pids) - cpuBefore;
  const after = await session.ask('count');

  // Use the clock of each worker, because a busy worker answers only after its current job.
  const done = [...after].map(([pid, { jobs, at }]) => ({
    jobs: jobs - before.get(pid).jobs,
    milliseconds: at - before.get(pid).at,
  }));
  const jobs = done.reduce((sum, worker) => sum + worker.jobs, 0);
  const rate = done.reduce((sum, worker) => sum + (1000 * worker.jobs) / worker.milliseconds, 0);
  return { rate, cpu: cpu / jobs };
}
