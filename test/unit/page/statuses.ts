import type { Status } from '../../../src/control/status.ts';

type Worker = Status['workers'][number];

/** A swarm that runs, with one worker in each slot, all of them ready; but for what is given. */
export function status(given: Partial<Status> = {}, workers: Partial<Worker>[] = [{}, {}]): Status {
  return {
    pid: 100,
    version: '0.1.0',
    host: 'worker.1',
    place: 'on standard-1x (512 MB, 8 shared cores)',
    directory: '/app',
    modules: ['./jobs.js'],
    uptime: 60,
    load: 1,
    phase: 'running',
    mode: 'fork',
    count: workers.length,
    ready: workers.length,
    replacing: null,
    generation: 1,
    rollout: null,
    lastRollout: null,
    memory: null,
    workers: workers.map((worker, slot) => ({
      slot,
      index: slot,
      pid: 101 + slot,
      state: 'ready',
      generation: 1,
      uptime: 50,
      restarts: 0,
      delay: 1,
      busy: '',
      cpu: 1,
      pss: 2e6,
      private: 1e6,
      ...worker,
    })),
    others: [{ role: 'supervisor', pid: 100, cpu: 1, pss: 2e6, private: 1e6 }],
    events: [],
    ...given,
  };
}
