import type { Status } from '../../../src/control/status.ts';

export const MB = 1024 ** 2;

type Worker = Status['workers'][number];

const WORKER = { generation: 1, restarts: 0, delay: 3, busy: '', state: 'ready', uptime: 200, cpu: 10 } as const;

/** The worker of a slot, ready, with its index 4 higher. */
export function worker(slot: number, change: Partial<Worker> = {}): Worker {
  return { ...WORKER, slot, index: slot + 4, pid: 4_194_303 - slot, pss: 44.4 * MB, private: 30 * MB, ...change };
}

/** A slot without a worker. */
export function waiting(slot: number, change: Partial<Worker> = {}): Worker {
  const nothing = { pid: null, uptime: 0, delay: null, cpu: null, pss: null, private: null } as const;
  return worker(slot, { ...nothing, state: 'waiting', ...change });
}

/** A swarm with these workers. */
export function status(workers: readonly Worker[], change: Partial<Status> = {}): Status {
  return {
    version: '1.2.3',
    directory: '/app',
    modules: ['./jobs.js'],
    pid: 100,
    mode: 'fork',
    uptime: 200,
    load: 1,
    phase: 'running',
    count: workers.length,
    ready: workers.filter(({ state }) => state === 'ready').length,
    generation: 1,
    replacing: null,
    rollout: null,
    lastRollout: null,
    memory: { total: 100 * MB, private: 60 * MB, shared: 40 * MB, unshared: 300 * MB, limit: 512 * MB },
    workers,
    others: [{ role: 'supervisor', pid: 100, cpu: 1, pss: 20 * MB, private: 15 * MB }],
    events: [],
    ...change,
  };
}

/** The same two seconds ago, when each worker had used so many seconds less of a processor. */
export function earlier(now: Status, less: (slot: number) => number): Status {
  const workers = now.workers.map((each) => ({ ...each, cpu: each.cpu === null ? null : each.cpu - less(each.slot) }));
  return { ...now, uptime: now.uptime - 2, workers };
}
