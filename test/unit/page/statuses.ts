import type { Status } from '../../../src/control/status.ts';
import { STATUS, WORKER } from '../../support/status.ts';

type Worker = Status['workers'][number];

/** Creates the status of a running swarm with one ready worker per slot, except for the given values. */
export function status(given: Partial<Status> = {}, workers: Partial<Worker>[] = [{}, {}]): Status {
  const figures = { uptime: 50, delay: 1, cpu: 1, pss: 2e6, private: 1e6 };
  return {
    ...STATUS,
    pid: 100,
    uptime: 60,
    load: 1,
    count: workers.length,
    ready: workers.length,
    memory: null,
    workers: workers.map((worker, slot) => ({ ...WORKER, ...figures, slot, index: slot, pid: 101 + slot, ...worker })),
    others: [{ role: 'supervisor', pid: 100, startedAt: 1_800_000_000, cpu: 1, pss: 2e6, private: 1e6 }],
    ...given,
  };
}
