import { createRequire } from 'node:module';
import { lastInSlots, type Status } from './status.ts';

const require = createRequire(import.meta.url);

/** All that there are, so that a state without a worker is 0 and not missing. */
const STATES = Object.keys({
  waiting: true,
  starting: true,
  ready: true,
  quiet: true,
  stopping: true,
  killed: true,
} satisfies Record<Status['workers'][number]['state'], true>);

/**
 * What `GET /metrics` answers: the same facts as `GET /status`, as Prometheus takes them. Without a figure for what
 * cannot be read here.
 *
 * @throws where prom-client cannot be loaded
 */
export async function describeMetrics(status: Status): Promise<{ type: string; body: string }> {
  // Not before somebody asks, and not import(): where its files are gone for a while, that would fail ever after.
  const { Counter, Gauge, Registry } = require('prom-client') as typeof import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: number | null | undefined) => {
    if (value != null) new Gauge({ name, help, registers }).set(value);
  };
  const { memory, phase, rollout } = status;
  const isRestarting = rollout !== null && phase !== 'booting';
  gauge('swarm_workers_wanted', 'How many workers there are to be.', status.count);
  gauge('swarm_workers_ready', 'Workers that are ready and take work.', status.ready);
  gauge('swarm_generation', 'The generation of workers that are started now.', status.generation);
  gauge('swarm_rollout', 'Whether a rolling restart is under way.', isRestarting ? 1 : 0);
  new Gauge({
    name: 'swarm_build_info',
    help: 'Which swarm runs.',
    labelNames: ['version', 'node', 'mode'],
    registers,
  }).set({ version: status.version, node: process.versions.node, mode: status.mode }, 1);
  const startedAt = Date.now() / 1000 - status.uptime;
  gauge('swarm_start_time_seconds', 'When the supervisor was started, since the epoch.', Math.round(startedAt));
  gauge('swarm_uptime_seconds', 'Since the supervisor was started.', status.uptime);
  gauge('swarm_memory_bytes', 'What all processes together use (PSS).', memory?.total);
  gauge('swarm_memory_shared_bytes', 'What several processes have, counted once.', memory?.shared);
  gauge('swarm_memory_private_bytes', 'What single processes have alone.', memory?.private);
  gauge('swarm_memory_unshared_bytes', 'What the same workers would use, each by itself.', memory?.unshared);
  gauge('swarm_memory_limit_bytes', 'What the swarm may use.', memory?.limit);

  const states = new Gauge({ name: 'swarm_workers', help: 'Workers by state.', labelNames: ['state'], registers });
  for (const state of STATES) {
    states.set({ state }, status.workers.filter((worker) => worker.state === state).length);
  }

  const rows = lastInSlots(status);
  const each = (name: string, help: string, figure: (worker: (typeof rows)[number]) => number | null) => {
    const metric = new Gauge({ name, help, labelNames: ['slot', 'index'], registers });
    for (const worker of rows) {
      const value = figure(worker);
      if (value !== null) metric.set({ slot: worker.slot, index: worker.index }, value);
    }
  };
  each('swarm_worker_ready', 'Whether the worker is ready and takes work.', ({ state }) => Number(state === 'ready'));
  each('swarm_worker_uptime_seconds', 'Since the worker was started.', ({ uptime }) => uptime);
  each('swarm_worker_memory_bytes', 'What the worker uses (PSS).', ({ pss }) => pss);
  each('swarm_worker_memory_private_bytes', 'What the worker alone has.', (worker) => worker.private);
  each('swarm_worker_cpu_seconds', 'Processor time of the process that is there now.', ({ cpu }) => cpu);
  each('swarm_worker_event_loop_delay_seconds', 'The longest that its event loop was held up lately.', ({ delay }) =>
    delay === null ? null : delay / 1000,
  );
  const restarts = new Counter({
    name: 'swarm_worker_restarts_total',
    help: 'How often a worker had to be replaced, other than for fresh code or for age.',
    labelNames: ['slot', 'index'],
    registers,
  });
  for (const { slot, index, restarts: times } of rows) restarts.inc({ slot, index }, times);
  return { type: registry.contentType, body: await registry.metrics() };
}
