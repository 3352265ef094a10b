import type { Status } from '../../../src/control/status.ts';
import { STATUS, WORKER } from '../../support/status.ts';

export const MB = 1024 ** 2;

type Worker = Status['workers'][number];

/** Creates a ready worker in this slot, with an index 4 higher. */
export function worker(slot: number, change: Partial<Worker> = {}): Worker {
  const figures = { delay: 3, uptime: 200, cpu: 10, pss: 44.4 * MB, private: 30 * MB };
  return { ...WORKER, ...figures, slot, index: slot + 4, pid: 4_194_303 - slot, ...change };
}

/** Creates an empty slot. */
export function waiting(slot: number, change: Partial<Worker> = {}): Worker {
  const process = { pid: null, uptime: 0, startedAt: null, cpu: null, pss: null, private: null } as const;
  return worker(slot, { ...process, delay: null, active: null, state: 'waiting', ...change });
}

/** Creates the status of a swarm with these workers. */
export function status(workers: readonly Worker[], change: Partial<Status> = {}): Status {
  return {
    ...STATUS,
    version: '1.2.3',
    pid: 100,
    uptime: 200,
    load: 1,
    count: workers.length,
    ready: workers.filter(({ state }) => state === 'ready').length,
    memory: { total: 100 * MB, private: 60 * MB, shared: 40 * MB, unshared: 300 * MB, limit: 512 * MB },
    workers,
    others: [{ role: 'supervisor', pid: 100, startedAt: 1_800_000_000, cpu: 1, pss: 20 * MB, private: 15 * MB }],
    ...change,
  };
}

/** Returns the status two seconds earlier, when each worker had used `less` seconds less CPU time. */
export function earlier(now: Status, less: (slot: number) => number): Status {
  const workers = now.workers.map((each) => ({ ...each, cpu: each.cpu === null ? null : each.cpu - less(each.slot) }));
  return { ...now, uptime: now.uptime - 2, workers };
}
