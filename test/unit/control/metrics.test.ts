import { expect, test } from 'vitest';
import { describeMetrics } from '../../../src/control/metrics.ts';
import type { Status } from '../../../src/control/status.ts';

const STATUS: Status = {
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
  count: 2,
  ready: 0,
  generation: 1,
  replacing: null,
  rollout: null,
  lastRollout: null,
  workers: [],
  others: [],
  events: [],
  memory: null,
};

test.each<[figure: number, when: string, status: Partial<Status>]>([
  [0, 'while the swarm boots', { phase: 'booting', generation: 0, rollout: { generation: 1, stage: 'preparing' } }],
  [1, 'during a rolling restart', { rollout: { generation: 2, stage: 'preparing' } }],
  [0, 'else', {}],
])('swarm_rollout is %i %s', async (figure, _, status) => {
  const { body } = await describeMetrics({ ...STATUS, ...status });
  expect(body).toMatch(new RegExp(`^swarm_rollout ${figure}$`, 'm'));
});

test('say what runs, since when, and how many workers are in each state', async () => {
  const worker = {
    slot: 0,
    index: 0,
    pid: 2,
    generation: 1,
    uptime: 1,
    restarts: 0,
    delay: 0,
    busy: '',
    cpu: 0,
    pss: 0,
    private: 0,
  };
  const workers = [
    { ...worker, state: 'ready' as const },
    { ...worker, slot: 1, state: 'ready' as const },
  ];
  const before = Math.floor(Date.now() / 1000);
  const { body } = await describeMetrics({ ...STATUS, uptime: 60, workers });
  const after = Math.ceil(Date.now() / 1000);
  expect(body).toContain(`swarm_build_info{version="0.1.0",node="${process.versions.node}",mode="fork"} 1\n`);
  expect(body).toContain('swarm_workers{state="ready"} 2\n');
  for (const state of ['waiting', 'starting', 'quiet', 'stopping', 'killed']) {
    expect(body).toContain(`swarm_workers{state="${state}"} 0\n`);
  }
  const [, startedAt] = /^swarm_start_time_seconds (\d+)$/m.exec(body) ?? [];
  expect(Number(startedAt)).toBeGreaterThanOrEqual(before - 60);
  expect(Number(startedAt)).toBeLessThanOrEqual(after - 60);
});
