import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { screenOf } from '../../../../src/cli/top/screen.ts';
import { START, type View } from '../../../../src/cli/top/view.ts';
import type { RecentEvent } from '../../../../src/control/recent-events.ts';
import type { Status } from '../../../../src/control/status.ts';
import { earlier, status, worker } from '../status.ts';

const EVENT: RecentEvent = {
  at: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  event: 'worker.ready',
  level: 'info',
  worker: 3,
  message: 'worker 3 is ready after 41 ms',
};
const KEYS = 'q quits  s sorts  r reverses  ↑ ↓ Page Up/Down Home End scroll';

function swarmOf(count: number, change: Partial<Status> = {}): Status {
  return status(
    Array.from({ length: count }, (_, slot) => worker(slot)),
    { events: [{ ...EVENT, message: 'before that' }, EVENT], ...change },
  );
}

function linesOf(now: Status, { rows = 24, columns = 80, view = START as View, colored = false } = {}): string[] {
  return [
    ...screenOf(
      now,
      earlier(now, () => 1),
      view,
      { columns, rows },
      colored,
    ).lines,
  ];
}

/** Returns the slots of the visible workers. */
function slotsIn(lines: readonly string[]): number[] {
  return lines.flatMap((line) => (/^ +\d+ .* ready /.test(line) ? Number(line.trim().split(/ +/)[0]) : []));
}

it('shows a swarm, the last event, and the keys', () => {
  expect(linesOf(swarmOf(2))).toEqual([
    'swarm 1.2.3 (pid 100), running: 2 of 2 workers ready',
    'up 3min, fork mode, generation 1',
    '',
    'SLOT▲ INDEX     PID STATE        UP RESTARTS DELAY CPU PSS MB PRIVATE',
    '    0     4 4194303 ready      3min        0   3ms 50%   44.4    30.0',
    '    1     5 4194302 ready      3min        0   3ms 50%   44.4    30.0',
    '                100 supervisor                      0%   20.0    15.0',
    '',
    'memory: 100 MB of 512 MB; 40 MB shared and 60 MB private',
    'sharing saves 200 MB (67 %)',
    '03:04:05 worker 3 is ready after 41 ms',
    KEYS,
  ]);
});

describe('with 50 workers', () => {
  it('shows as many as fit, and says which', () => {
    const lines = linesOf(swarmOf(50));
    expect(lines).toHaveLength(24);
    expect(lines[2]).toBe('workers 1–15 of 50');
    expect(slotsIn(lines)).toEqual(Array.from({ length: 15 }, (_, slot) => slot));
  });

  it('keeps the header, the totals, the last event and the keys in view while workers scroll', () => {
    const [top, scrolled] = [START, { ...START, above: 35 }].map((view) => linesOf(swarmOf(50), { view }));
    expect(scrolled?.slice(0, 2)).toEqual(top?.slice(0, 2));
    expect(scrolled?.[2]).toBe('workers 36–50 of 50');
    expect(scrolled?.slice(-5)).toEqual(top?.slice(-5));
    expect(slotsIn(scrolled ?? [])).toEqual(Array.from({ length: 15 }, (_, slot) => 35 + slot));
  });

  it('does not scroll beyond the last worker, even if there are fewer than before', () => {
    expect(linesOf(swarmOf(20), { view: { ...START, above: 35 } })[2]).toBe('workers 6–20 of 20');
    expect(linesOf(swarmOf(3), { view: { ...START, above: 35 } })[2]).toBe('');
  });

  it('shows all of them if there is room', () => {
    const lines = linesOf(swarmOf(50), { rows: 60 });
    expect(lines[2]).toBe('');
    expect(slotsIn(lines)).toHaveLength(50);
  });

  it('returns how many fit', () => {
    const now = swarmOf(50);
    expect(screenOf(now, now, START, { columns: 80, rows: 24 }, false).room).toEqual({ workers: 50, page: 15 });
  });
});

it('drops the blank line before it hides a worker', () => {
  const [all, tight] = [linesOf(swarmOf(14), { rows: 24 }), linesOf(swarmOf(15), { rows: 24 })];
  expect([slotsIn(all).length, all.filter((line) => line === '').length]).toEqual([14, 2]);
  expect([slotsIn(tight).length, tight.filter((line) => line === '').length]).toEqual([15, 1]);
});

describe('a low terminal', () => {
  it.each([
    [14, ['supervisor', 'memory:', '03:04:05', 'up 3min']],
    [13, ['memory:', '03:04:05', 'up 3min']],
    [12, ['memory:', 'up 3min']],
    [11, ['up 3min']],
  ])('with %i rows keeps %j in addition to workers', (rows, kept) => {
    const text = linesOf(swarmOf(50), { rows }).join('\n');
    expect(['supervisor', 'memory:', '03:04:05', 'up 3min'].filter((word) => text.includes(word))).toEqual(kept);
    expect(text).toMatch(/^workers 1–\d+ of 50$/m);
    expect(text.endsWith(KEYS)).toBe(true);
  });

  it('gets no more lines than rows, and none too wide', () => {
    const failed = { lastRollout: { generation: 2, error: '日本'.repeat(100) } };
    for (let rows = 1; rows < 30; rows += 1) {
      for (const columns of [1, 5, 20, 80, 120]) {
        for (const colored of [false, true]) {
          const lines = linesOf(swarmOf(12, failed), { rows, columns, colored });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
        }
      }
    }
  });
});

describe('the last event', () => {
  it.each([
    ['warn', '\u001b[33m'],
    ['error', '\u001b[31m'],
  ] as const)('is colored if it is a %s', (level, color) => {
    const now = swarmOf(1, { events: [{ ...EVENT, level }] });
    expect(linesOf(now, { colored: true }).at(-2)).toContain(`${color}03:04:05 worker 3`);
    expect(linesOf(now).at(-2)).toMatch(/^03:04:05 worker 3/);
  });

  it('is omitted if there is none, or if the swarm is too old to send events', () => {
    expect(linesOf(swarmOf(1, { events: [] })).at(-2)).toMatch(/^sharing saves/);
    const { events: _, ...older } = swarmOf(1);
    expect(linesOf(older as Status).at(-2)).toMatch(/^sharing saves/);
  });
});

it('shows a booting swarm without workers', () => {
  const lines = linesOf(swarmOf(0, { phase: 'booting' }));
  expect(lines[0]).toContain('booting');
  expect(lines[2]).toBe('');
});
