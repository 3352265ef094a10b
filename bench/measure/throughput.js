import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimeOf } from './processes.js';

/**
 * What all workers together get done in some seconds; they are working already.
 *
 * @returns { rate, cpu }: jobs per second, and milliseconds of processor time that a job takes, the supervisor's share
 *   included. On a machine that has other things to do the latter is the one to trust.
 */
export async function measureThroughput(session, seconds) {
  const pids = session.processes();
  const cpuBefore = cpuTimeOf(pids);
  const before = await session.ask('count');
  await sleep(seconds * 1000);
  const cpu = cpuTimeOf(pids) - cpuBefore;
  const after = await session.ask('count');

  // Each by its own clock: a busy worker answers after its current job.
  const done = [...after].map(([pid, { jobs, at }]) => ({
    jobs: jobs - before.get(pid).jobs,
    milliseconds: at - before.get(pid).at,
  }));
  const jobs = done.reduce((sum, worker) => sum + worker.jobs, 0);
  const rate = done.reduce((sum, worker) => sum + (1000 * worker.jobs) / worker.milliseconds, 0);
  return { rate, cpu: cpu / jobs };
}
