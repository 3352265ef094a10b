import type { Status } from '../../src/control/status.ts';
import { NO_RESTARTS } from '../../src/supervisor/restarts.ts';

/** A worker in which every property has a value. */
export const WORKER: Status['workers'][number] = {
  slot: 0,
  index: 5,
  pid: 2,
  state: 'ready',
  generation: 1,
  uptime: 1,
  proven: true,
  restarts: 0,
  failures: 0,
  delay: 1500,
  active: 2.5,
  busy: '',
  startedAt: 1_800_000_000.25,
  cpu: 3.75,
  pss: 100,
  private: 60,
};

/** The swarm of WORKER. */
export const STATUS: Status = {
  pid: 1,
  version: '0.1.0',
  host: 'worker.1',
  place: 'on standard-1x (512 MB, 8 shared cores)',
  directory: '/app',
  modules: ['./jobs.js'],
  uptime: 1,
  load: 0,
  phase: 'running',
  mode: 'fork',
  count: 1,
  ready: 1,
  generation: 1,
  replacing: null,
  rollout: null,
  lastRollout: null,
  restarts: NO_RESTARTS,
  maxMemory: 200,
  memory: { total: 150, private: 100, shared: 50, unshared: 300, limit: 500 },
  workers: [WORKER],
  others: [],
  events: [],
};
