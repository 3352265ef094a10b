import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { overview } from '../../../src/cli/overview.ts';
import { picture } from '../../../src/cli/top.ts';
import type { Status } from '../../../src/control/status.ts';

const MB = 1024 ** 2;
const worker = { generation: 1, restarts: 0, delay: 3, busy: '', state: 'ready', uptime: 200, cpu: 10 } as const;

const STATUS: Status = {
  version: '1.2.3',
  host: 'worker.1',
  place: 'on standard-1x (512 MB, 8 shared cores)',
  directory: '/app',
  modules: ['./jobs.js'],
  pid: 100,
  mode: 'fork',
  uptime: 200,
  load: 1,
  phase: 'running',
  count: 2,
  ready: 1,
  generation: 1,
  replacing: null,
  rollout: null,
  lastRollout: null,
  memory: { total: 100 * MB, private: 60 * MB, shared: 40 * MB, unshared: 300 * MB, limit: 512 * MB },
  workers: [
    { ...worker, slot: 0, index: 4, pid: 4_194_303, pss: 44.4 * MB, private: 30 * MB },
    {
      ...worker,
      slot: 1,
      index: 5,
      pid: null,
      state: 'waiting',
      uptime: 0,
      restarts: 12,
      delay: null,
      cpu: null,
      pss: null,
      private: null,
    },
  ],
  others: [{ role: 'supervisor', pid: 100, cpu: 1, pss: 20 * MB, private: 15 * MB }],
  events: [],
};
const BEFORE: Status = {
  ...STATUS,
  uptime: 198,
  workers: STATUS.workers.map((row) => ({ ...row, cpu: row.cpu === null ? null : 9 })),
};

test('a swarm, a row a worker, and what all of them use', () => {
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
])('what becomes of fresh code: %o', (change, line) => {
  expect(overview({ ...STATUS, ...change }, BEFORE, false)[2]).toBe(line);
});

test('where memory cannot be read, it says so; in spawn mode there is nothing to compare with', () => {
  expect(overview({ ...STATUS, memory: null }, BEFORE, false).at(-1)).toMatch(/cannot be read here/);
  expect(overview({ ...STATUS, mode: 'spawn' }, BEFORE, false).at(-1)).toMatch(/^memory: /);
});

test.each([
  [100, 'sharing saves 0 MB (0 %)'],
  [97, 'sharing does not pay here: it takes 3 MB more'],
])('what sharing saves, where the same would use %i of 100 MB without it', (unshared, line) => {
  const memory = { total: 100 * MB, private: 60 * MB, shared: 40 * MB, unshared: unshared * MB, limit: null };
  expect(overview({ ...STATUS, memory }, BEFORE, false).at(-1)).toBe(line);
});

test('nothing of that while it boots, and no worker shares anything yet', () => {
  const booting: Status = { ...STATUS, phase: 'booting', workers: [] };
  expect(overview(booting, BEFORE, false).at(-1)).toMatch(/^memory: /);
});

test('of many pids, uptimes and delays, each row fits into 80 columns', () => {
  const row = {
    ...STATUS.workers[0],
    restarts: 100_000,
    delay: 3_600_000,
    uptime: 1e7,
    state: 'starting',
    pss: 9999 * MB,
    private: 9999 * MB,
  };
  const status = { ...STATUS, workers: [row] } as Status;
  for (const line of overview(status, { ...status, uptime: 100 }, false)) expect(line.length).toBeLessThanOrEqual(80);
});

test('a picture has no more lines than the screen, and none is wider', () => {
  const lines = Array.from({ length: 20 }, (_, number) => `line ${number} ${'x'.repeat(90)}`);
  const shown = stripVTControlCharacters(picture(lines, 80, 10)).split('\r\n');
  expect(shown).toHaveLength(10);
  expect(Math.max(...shown.map(({ length }) => length))).toBe(80);
  expect(shown.slice(-2)).toEqual(['… and 12 more lines', 'q quits']);
});
