import { createRequire } from 'node:module';
import { lastInSlots, type Status } from './status.ts';

const require = createRequire(import.meta.url);

type Row = Status['workers'][number];
type Labels = Record<string, string | number>;
/** A sample without a value could not be read, and is omitted. */
type Sample = [labels: Labels, value: number | null | undefined];

interface Metric {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly samples: (status: Status) => Sample[];
}

/** All states, so that a state without a worker reports 0 instead of being absent. */
const STATES = Object.keys({
  waiting: true,
  starting: true,
  ready: true,
  quiet: true,
  stopping: true,
  killed: true,
} satisfies Record<Row['state'], true>);

const PHASES = Object.keys({
  booting: true,
  running: true,
  quiet: true,
  stopping: true,
  gone: true,
} satisfies Record<Status['phase'], true>);

/** docs/operating.md, "Prometheus", documents each metric; examples/prometheus has dashboards and alerts. */
const METRICS: readonly Metric[] = [
  labeled('gauge', 'swarm_build_info', 'Versions of swarm and Node, and how workers are made. Always 1.', (status) => [
    [{ version: status.version, node: process.versions.node, mode: status.mode }, 1],
  ]),
  gauge('swarm_start_time_seconds', 'Unix time at which the supervisor started.', () => performance.timeOrigin / 1000),
  labeled('gauge', 'swarm_phase', '1 for the phase that the swarm is in, 0 for all others.', ({ phase }) =>
    PHASES.map((each) => [{ phase: each }, Number(each === phase)]),
  ),
  gauge('swarm_workers_wanted', 'Workers that the swarm should run.', ({ count }) => count),
  gauge('swarm_workers_ready', 'Workers that are ready and take work.', ({ ready }) => ready),
  labeled('gauge', 'swarm_workers', 'Workers by state; an empty slot is waiting.', ({ workers }) =>
    STATES.map((state) => [{ state }, workers.filter((worker) => worker.state === state).length]),
  ),
  labeled('counter', 'swarm_worker_restarts_total', 'Workers that were replaced, by reason.', ({ restarts }) =>
    Object.entries(restarts).map(([reason, count]) => [{ reason }, count]),
  ),

  gauge('swarm_generation', 'Generation of the code that new workers run.', ({ generation }) => generation),
  gauge('swarm_rollout_in_progress', '1 during a rolling restart.', ({ rollout, phase }) =>
    Number(rollout !== null && phase !== 'booting'),
  ),
  gauge(
    'swarm_last_rollout_successful',
    '0 if the last rolling restart failed and workers still run the old code, else 1.',
    ({ lastRollout }) => Number(!lastRollout?.error),
  ),

  gauge('swarm_memory_bytes', 'Memory of all processes: their proportional set sizes.', ({ memory }) => memory?.total),
  gauge('swarm_memory_private_bytes', 'Memory that processes do not share.', ({ memory }) => memory?.private),
  gauge('swarm_memory_shared_bytes', 'Memory that processes share, counted once.', ({ memory }) => memory?.shared),
  gauge(
    'swarm_memory_unshared_bytes',
    'Memory that the same workers would use without sharing.',
    ({ memory }) => memory?.unshared,
  ),
  gauge('swarm_memory_limit_bytes', 'Memory limit of the swarm.', ({ memory }) => memory?.limit),

  worker('gauge', 'swarm_worker_ready', '1 if the worker is ready and takes work.', ({ state }) =>
    Number(state === 'ready'),
  ),
  worker(
    'gauge',
    'swarm_worker_start_time_seconds',
    'Unix time at which the process of the worker started.',
    ({ startedAt }) => startedAt,
  ),
  worker('gauge', 'swarm_worker_memory_bytes', 'Memory of the worker: its proportional set size.', ({ pss }) => pss),
  worker('gauge', 'swarm_worker_memory_private_bytes', 'Memory that only the worker uses.', (row) => row.private),
  worker('gauge', 'swarm_worker_memory_shared_bytes', "The worker's part of shared memory.", (row) =>
    row.pss === null || row.private === null ? null : row.pss - row.private,
  ),
  gauge('swarm_worker_memory_limit_bytes', 'Memory above which swarm replaces a worker.', ({ maxMemory }) => maxMemory),
  worker('counter', 'swarm_worker_cpu_seconds_total', 'CPU time of the worker.', ({ cpu }) => cpu),
  worker(
    'counter',
    'swarm_worker_event_loop_active_seconds_total',
    'Time for which the event loop of the worker was busy.',
    ({ active }) => active,
  ),
  worker(
    'gauge',
    'swarm_worker_event_loop_delay_seconds',
    'Longest recent delay of the event loop of the worker.',
    ({ delay }) => (delay === null ? null : delay / 1000),
  ),
];

/**
 * Answers `GET /metrics`: the data of `GET /status` in Prometheus format. Omits values that cannot be read on this
 * machine.
 *
 * @throws if prom-client cannot be loaded
 */
export async function describeMetrics(status: Status): Promise<{ type: string; body: string }> {
  // Loaded at the first request. Not with import(), which would cache a failure forever if the files are missing for a
  // while.
  const { Counter, Gauge, Registry } = require('prom-client') as typeof import('prom-client');
  const registry = new Registry();
  for (const { type, name, help, samples } of METRICS) {
    const known = samples(status).flatMap(([labels, value]) => (value == null ? [] : [{ labels, value }]));
    if (known.length === 0) continue;
    const Type = type === 'gauge' ? Gauge : Counter;
    const metric = new Type({ name, help, labelNames: Object.keys(known[0]?.labels ?? {}), registers: [registry] });
    for (const { labels, value } of known) metric.inc(labels, value);
  }
  return { type: registry.contentType, body: await registry.metrics() };
}

function labeled(type: Metric['type'], name: string, help: string, samples: Metric['samples']): Metric {
  return { type, name, help, samples };
}

/** A gauge with one value for the whole swarm. */
function gauge(name: string, help: string, figure: (status: Status) => Sample[1]): Metric {
  return { type: 'gauge', name, help, samples: (status) => [[{}, figure(status)]] };
}

/** A metric with a value per slot. Counters restart at 0 with the next worker; rate() and increase() handle that. */
function worker(type: Metric['type'], name: string, help: string, figure: (row: Row) => Sample[1]): Metric {
  const samples = (status: Status) =>
    lastInSlots(status).map((row): Sample => [{ slot: row.slot, index: row.index }, figure(row)]);
  return { type, name, help, samples };
}
