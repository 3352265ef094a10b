import { describe, expect, test } from 'vitest';
import { describeMetrics } from '../../../src/control/metrics.ts';
import type { Status } from '../../../src/control/status.ts';
import { NO_RESTARTS } from '../../../src/supervisor/restarts.ts';
import { STATUS, WORKER } from '../../support/status.ts';

/** Returns the samples for this status, as lines. */
async function linesOf(status: Partial<Status>): Promise<string[]> {
  const { body } = await describeMetrics({ ...STATUS, ...status });
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test.each<[line: string, when: string, status: Partial<Status>]>([
  [
    'swarm_rollout_in_progress 0',
    'while the swarm boots',
    { phase: 'booting', generation: 0, rollout: { generation: 1, stage: 'preparing' } },
  ],
  ['swarm_rollout_in_progress 1', 'during a rolling restart', { rollout: { generation: 2, stage: 'preparing' } }],
  ['swarm_rollout_in_progress 0', 'otherwise', {}],
  ['swarm_last_rollout_successful 1', 'before the first rolling restart', {}],
  ['swarm_last_rollout_successful 1', 'after a successful one', { lastRollout: { generation: 2, error: null } }],
  ['swarm_last_rollout_successful 0', 'after a failed one', { lastRollout: { generation: 2, error: 'it exited' } }],
  ['swarm_phase{phase="running"} 1', 'while the swarm is running', {}],
  ['swarm_phase{phase="running"} 0', 'while the swarm is quiet', { phase: 'quiet' }],
])('%s %s', async (line, _, status) => {
  expect(await linesOf(status)).toContain(line);
});

test('metrics include the versions, the mode and the start time', async () => {
  const lines = await linesOf({});
  expect(lines).toContain(`swarm_build_info{version="0.1.0",node="${process.versions.node}",mode="fork"} 1`);
  expect(lines).toContain(`swarm_start_time_seconds ${performance.timeOrigin / 1000}`);
});

test('metrics count the workers in each state', async () => {
  const workers: Status['workers'] = [WORKER, { ...WORKER, slot: 1 }, { ...WORKER, slot: 2, state: 'waiting' }];
  const lines = await linesOf({ workers });
  const expected = { waiting: 1, starting: 0, ready: 2, quiet: 0, stopping: 0, killed: 0 };
  for (const [state, count] of Object.entries(expected))
    expect(lines).toContain(`swarm_workers{state="${state}"} ${count}`);
});

test('metrics count restarts by reason, starting at 0', async () => {
  const lines = await linesOf({ restarts: { ...NO_RESTARTS, killed: 3 } });
  expect(lines.filter((line) => line.startsWith('swarm_worker_restarts_total'))).toEqual(
    Object.keys(NO_RESTARTS).map(
      (reason) => `swarm_worker_restarts_total{reason="${reason}"} ${reason === 'killed' ? 3 : 0}`,
    ),
  );
});

describe('metrics of a worker', () => {
  test('are in base units, by slot', async () => {
    const lines = await linesOf({});
    for (const [name, value] of [
      ['ready', 1],
      ['start_time_seconds', 1_800_000_000.25],
      ['memory_bytes', 100],
      ['memory_private_bytes', 60],
      ['memory_shared_bytes', 40],
      ['cpu_seconds_total', 3.75],
      ['event_loop_active_seconds_total', 2.5],
      ['event_loop_delay_seconds', 1.5],
    ])
      expect(lines).toContain(`swarm_worker_${name}{slot="0",index="5"} ${value}`);
    expect(lines).toContain('swarm_worker_memory_limit_bytes 200');
  });

  test('describe the new worker during a replacement', async () => {
    const workers: Status['workers'] = [
      { ...WORKER, state: 'stopping' },
      { ...WORKER, cpu: 1 },
    ];
    const lines = await linesOf({ workers });
    expect(lines).toContain('swarm_worker_ready{slot="0",index="5"} 1');
    expect(lines).toContain('swarm_worker_cpu_seconds_total{slot="0",index="5"} 1');
  });

  test('are omitted if they cannot be read', async () => {
    const unknown = { startedAt: null, cpu: null, pss: null, private: null, delay: null, active: null };
    const lines = await linesOf({ workers: [{ ...WORKER, ...unknown, state: 'starting' }], memory: null });
    expect(lines.filter((line) => line.includes('slot='))).toEqual(['swarm_worker_ready{slot="0",index="5"} 0']);
    expect(lines.filter((line) => line.startsWith('swarm_memory'))).toEqual([]);
  });
});
