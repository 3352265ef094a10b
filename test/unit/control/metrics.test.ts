import { expect, test } from 'vitest';
import { describeMetrics } from '../../../src/control/metrics.ts';
import type { Status } from '../../../src/control/status.ts';

const STATUS: Status = {
  pid: 1,
  version: '0.1.0',
  directory: '/app',
  modules: ['./jobs.js'],
  uptime: 1,
  load: 0,
  phase: 'running',
  mode: 'fork',
  count: 2,
  ready: 0,
  generation: 1,
  rollout: null,
  lastRollout: null,
  workers: [],
  others: [],
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
