import { expect, test } from 'vitest';
import { overview } from '../../../src/cli/overview.ts';
import type { Status } from '../../../src/control/status.ts';
import { earlier, MB, status, waiting, worker } from './status.ts';

const STATUS = status([worker(0), waiting(1, { restarts: 12 })]);
const BEFORE = earlier(STATUS, () => 1);

test('shows a swarm, a row for each worker, and the total memory', () => {
  expect(overview(STATUS, BEFORE, false)).toEqual([
    'swarm 1.2.3 (pid 100), running: 1 of 2 workers ready',
    'up 3min, fork mode, generation 1',
    '',
    'SLOT INDEX     PID STATE        UP RESTARTS DELAY CPU PSS MB PRIVATE',
    '   0     4 4194303 ready      3min        0   3ms 50%   44.4    30.0',
    '   1     5       - waiting       -       12     -   -      -       -',
    '               100 supervisor                      0%   20.0    15.0',
    '',
    'memory: 100 MB of 512 MB; 40 MB shared and 60 MB private',
    'sharing saves 200 MB (67 %)',
  ]);
});

test.each([
  [{ rollout: { generation: 2, stage: 'preparing' as const } }, 'generation 2 is being prepared'],
  [{ lastRollout: { generation: 2, error: 'no such table' } }, 'generation 2 failed: no such table'],
])('shows the state of a rolling restart: %o', (change, line) => {
  expect(overview({ ...STATUS, ...change }, BEFORE, false)[2]).toBe(line);
});

test('removes control characters from an error of the application', () => {
  const lastRollout = { generation: 2, error: '\u001b[31mno\u001b[0m such\n\u0007table' };
  expect(overview({ ...STATUS, lastRollout }, BEFORE, false)[2]).toBe('generation 2 failed: no such table');
});

test('says if memory cannot be measured, and shows no savings in spawn mode', () => {
  expect(overview({ ...STATUS, memory: null }, BEFORE, false).at(-1)).toMatch(/cannot measure/);
  expect(overview({ ...STATUS, mode: 'spawn' }, BEFORE, false).at(-1)).toMatch(/^memory: /);
});

test.each([
  [100, 'sharing saves 0 MB (0 %)'],
  [97, 'sharing does not pay off here: it takes 3 MB more'],
])('shows what sharing saves if the swarm uses 100 MB, and %i MB without sharing', (unshared, line) => {
  const memory = { total: 100 * MB, private: 60 * MB, shared: 40 * MB, unshared: unshared * MB, limit: null };
  expect(overview({ ...STATUS, memory }, BEFORE, false).at(-1)).toBe(line);
});

test('shows no savings during the boot, when there are no workers yet', () => {
  const booting: Status = { ...STATUS, phase: 'booting', workers: [] };
  expect(overview(booting, BEFORE, false).at(-1)).toMatch(/^memory: /);
});

test('fits every row into 80 columns, even with large numbers', () => {
  const large = { restarts: 100_000, delay: 3_600_000, uptime: 1e7, pss: 9999 * MB, private: 9999 * MB };
  const now = status([worker(0, { ...large, state: 'starting' })]);
  for (const line of overview(now, { ...now, uptime: 100 }, false)) expect(line.length).toBeLessThanOrEqual(80);
});
