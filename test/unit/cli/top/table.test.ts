import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { processesOf } from '../../../../src/cli/processes.ts';
import { fittingTable, sorted } from '../../../../src/cli/top/table.ts';
import { START } from '../../../../src/cli/top/view.ts';
import { earlier, MB, status, waiting, worker } from '../status.ts';

const NOW = status([
  worker(0, { pss: 10 * MB, restarts: 2, busy: 'mail: job 4711' }),
  waiting(1, { restarts: 7 }),
  worker(2, { pss: 30 * MB }),
  worker(3, { pss: 20 * MB, restarts: 2 }),
]);
const { workers, others } = processesOf(
  NOW,
  earlier(NOW, (slot) => slot / 2),
);

function slots(view: Parameters<typeof sorted>[1]): (number | undefined)[] {
  return sorted(workers, view).map((process) => ('slot' in process ? process.slot : undefined));
}

describe('sorted by', () => {
  it.each([
    ['slot', [0, 1, 2, 3]],
    ['memory', [2, 3, 0, 1]],
    ['cpu', [3, 2, 0, 1]],
    ['restarts', [1, 0, 3, 2]],
  ] as const)('%s, slots are in the order %j, or reversed', (sort, expected) => {
    expect(slots({ ...START, sort })).toEqual(expected);
    expect(slots({ ...START, sort, reversed: true })).toEqual(expected.toReversed());
  });

  it('memory, the given array stays unchanged', () => {
    const given = workers.map(({ pid }) => pid);
    sorted(workers, { ...START, sort: 'memory', reversed: true });
    expect(workers.map(({ pid }) => pid)).toEqual(given);
  });
});

describe('the header', () => {
  it.each([
    [START, 'SLOT▲'],
    [{ ...START, reversed: true }, 'SLOT▼'],
    [{ ...START, sort: 'memory' }, 'PSS MB▼'],
    [{ ...START, sort: 'cpu' }, 'CPU▼'],
    [{ ...START, sort: 'restarts', reversed: true }, 'RESTARTS▲'],
  ] as const)('marks the sorted column: for %j, %s', (view, title) => {
    const [header = ''] = fittingTable(workers, view, 80, false);
    expect(header).toContain(title);
    expect(header.match(/[▲▼]/g)).toHaveLength(1);
  });
});

describe('columns', () => {
  const headerAt = (width: number, view = START) => fittingTable([...workers, ...others], view, width, false)[0];

  it.each([
    [16, 'SLOT▲ STATE'],
    [40, 'SLOT▲     PID STATE      CPU PSS MB'],
    [45, 'SLOT▲     PID STATE      RESTARTS CPU PSS MB'],
    [80, 'SLOT▲ INDEX     PID STATE        UP RESTARTS DELAY CPU PSS MB PRIVATE'],
    [91, 'SLOT▲ INDEX     PID STATE        UP RESTARTS DELAY CPU PSS MB PRIVATE BUSY WITH'],
    [100, 'SLOT▲ INDEX GEN     PID STATE        UP RESTARTS DELAY CPU PSS MB PRIVATE BUSY WITH'],
  ])('on %i columns: %s', (width, expected) => {
    expect(headerAt(width)).toBe(expected);
  });

  it('always include the sorted one', () => {
    for (let width = 9; width < 100; width += 1)
      expect(headerAt(width, { ...START, sort: 'restarts' })).toContain('RESTARTS▼');
  });

  it('never make a line wider than the terminal, with or without colors', () => {
    for (let width = 1; width < 130; width += 1) {
      for (const colored of [false, true]) {
        for (const line of fittingTable([...workers, ...others], START, width, colored))
          expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('what a worker is busy with', () => {
  const busyWith = (busy: string, width: number) => {
    const [header = '', line = ''] = fittingTable(
      processesOf(status([worker(0, { busy })]), NOW).workers,
      START,
      width,
      false,
    );
    return line.slice(header.indexOf('BUSY'));
  };

  it('gets the remaining width', () => {
    const now = status([worker(0, { busy: 'x'.repeat(500) })]);
    const [, line] = fittingTable(processesOf(now, now).workers, START, 120, false);
    expect(line).toMatch(/ x+…$/);
    expect(line).toHaveLength(120);
  });

  it('is shown without control characters', () => {
    expect(busyWith('\u001b[2Jmail\u001b[0m:\r\n job\u0007 \u001b]0;title\u0007 4711', 120)).toBe('mail: job 4711');
  });

  it('is cut by its width in terminal columns', () => {
    expect(busyWith('日'.repeat(100), 120)).toMatch(/^日{20,30}…$/);
  });
});
