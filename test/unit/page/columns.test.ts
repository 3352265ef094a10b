import { describe, expect, it } from 'vitest';
import {
  COLUMNS,
  type Column,
  nextOrder,
  type Order,
  otherRows,
  sorted,
  workerRows,
} from '../../../src/page/columns.ts';
import { status } from './statuses.ts';

const cells = (row: Parameters<Column['text']>[0]) => COLUMNS.map(({ text }) => text(row));

function column(wanted: string): Column {
  const found = COLUMNS.find(({ name }) => name === wanted);
  if (!found) throw new Error(`there is no column ${wanted}`);
  return found;
}

describe('a row', () => {
  it('shows a worker as swarm top does', () => {
    const workers = [{ restarts: 2, delay: 40, busy: 'mail: job 7', pss: 3 * 1024 ** 2, private: 2 * 1024 ** 2 }];
    const [row] = workerRows(status({}, workers), () => 0.123);
    const expected = ['0', '0', '101', 'ready', '50s', '2', '40ms', '12%', '3.0', '2.0', 'mail: job 7'];
    expect(row && cells(row)).toEqual(expected);
  });

  it('has a dash for an unknown value', () => {
    const waiting = { pid: null, state: 'waiting', delay: null, cpu: null, pss: null, private: null } as const;
    const [row] = workerRows(status({}, [waiting]), () => undefined);
    expect(row && cells(row)).toEqual(['0', '0', '–', 'waiting', '–', '0', '–', '–', '–', '–', '']);
  });

  it('shows only what the supervisor has', () => {
    const [row] = otherRows(status(), () => 0);
    expect(row && cells(row)).toEqual(['', '', '100', 'supervisor', '', '', '', '0%', '1.9', '1.0', '']);
  });

  it('has a different key for each worker in the same slot', () => {
    const rows = workerRows(status({}, [{ pid: 7 }, { slot: 0, pid: 8 }, { slot: 1, pid: null }]), () => 0);
    expect(rows.map(({ key }) => key)).toEqual(['7', '8', 'slot 1']);
  });
});

describe('the order', () => {
  const workers = [{ pss: 2, busy: 'b' }, { pss: 3, busy: 'a' }, { pss: null }, { pss: 3, busy: 'a' }];
  const slots = (order: Order) =>
    sorted(
      workerRows(status({}, workers), () => 0),
      order,
    ).map(({ slot }) => slot);

  it.each<[string, Order['direction'], number[]]>([
    ['slot', 'ascending', [0, 1, 2, 3]],
    ['slot', 'descending', [3, 2, 1, 0]],
    ['memory', 'descending', [1, 3, 0, 2]],
    ['memory', 'ascending', [2, 0, 1, 3]],
    ['busy', 'ascending', [2, 1, 3, 0]],
  ])('by %s, %s', (name, direction, expected) => {
    expect(slots({ column: column(name), direction })).toEqual(expected);
  });

  it('starts with the largest value, and is reversed by a second click', () => {
    const first = nextOrder({ column: column('slot'), direction: 'ascending' }, column('cpu'));
    expect(first).toEqual({ column: column('cpu'), direction: 'descending' });
    expect(nextOrder(first, column('cpu')).direction).toBe('ascending');
    expect(nextOrder(first, column('slot')).direction).toBe('ascending');
  });
});
