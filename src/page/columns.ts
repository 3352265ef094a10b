import type { CpuShares } from '../control/shares.ts';
import type { Status } from '../control/status.ts';
import { duration, milliseconds, tenthsOfMB } from '../text/units.ts';

/** What a row shows of a process. A value is null if unknown, and absent if processes of that kind have none. */
export interface Row {
  readonly key: string;
  readonly slot?: number;
  readonly index?: number;
  readonly pid: number | null;
  readonly state: string;
  readonly uptime?: number | null;
  readonly restarts?: number;
  readonly delay?: number | null;
  readonly share: number | null;
  readonly pss: number | null;
  readonly private: number | null;
  readonly busy?: string;
}

export interface Column {
  readonly name: string;
  readonly title: string;
  /** Returns the value by which rows are sorted. */
  readonly value: (row: Row) => number | string | null | undefined;
  readonly text: (row: Row) => string;
}

/** The same columns as in `swarm top`. */
export const COLUMNS: readonly Column[] = [
  { name: 'slot', title: 'Slot', value: ({ slot }) => slot, text: ({ slot }) => show(slot, String) },
  { name: 'index', title: 'Index', value: ({ index }) => index, text: ({ index }) => show(index, String) },
  { name: 'pid', title: 'Pid', value: ({ pid }) => pid, text: ({ pid }) => show(pid, String) },
  { name: 'state', title: 'State', value: ({ state }) => state, text: ({ state }) => state },
  { name: 'up', title: 'Up', value: ({ uptime }) => uptime, text: ({ uptime }) => show(uptime, duration) },
  {
    name: 'restarts',
    title: 'Restarts',
    value: ({ restarts }) => restarts,
    text: ({ restarts }) => show(restarts, String),
  },
  { name: 'delay', title: 'Delay', value: ({ delay }) => delay, text: ({ delay }) => show(delay, milliseconds) },
  { name: 'cpu', title: 'CPU', value: ({ share }) => share, text: ({ share }) => show(share, percent) },
  { name: 'memory', title: 'PSS MB', value: ({ pss }) => pss, text: ({ pss }) => show(pss, tenthsOfMB) },
  { name: 'private', title: 'Private', value: (row) => row.private, text: (row) => show(row.private, tenthsOfMB) },
  { name: 'busy', title: 'Busy with', value: ({ busy }) => busy, text: ({ busy = '' }) => busy },
];

function show(value: number | null | undefined, text: (value: number) => string): string {
  if (value === undefined) return '';
  return value === null ? '–' : text(value);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

export function workerRows({ workers }: Status, sharesOf: CpuShares): Row[] {
  return workers.map((worker) => ({
    ...worker,
    key: worker.pid === null ? `slot ${worker.slot}` : String(worker.pid),
    uptime: worker.pid === null ? null : worker.uptime,
    share: sharesOf(worker.pid) ?? null,
  }));
}

export function otherRows({ others }: Status, sharesOf: CpuShares): Row[] {
  return others.map((other) => ({
    ...other,
    key: String(other.pid),
    state: other.role,
    share: sharesOf(other.pid) ?? null,
  }));
}

export interface Order {
  readonly column: Column;
  readonly direction: 'ascending' | 'descending';
}

/** Sorts rows. Equal rows are in order of their slots; within a slot, the older worker is first. */
export function sorted(rows: readonly Row[], { column, direction }: Order): Row[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    const by = typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b) : Number(a ?? -1) - Number(b ?? -1);
    return by * sign || (one.slot ?? 0) - (other.slot ?? 0);
  });
}

/** Returns the order after a click on a column header: reversed, or by that column with the largest value first. */
export function nextOrder({ column, direction }: Order, clicked: Column): Order {
  if (clicked === column) return { column, direction: direction === 'ascending' ? 'descending' : 'ascending' };
  return {
    column: clicked,
    direction: clicked.name === 'slot' || clicked.name === 'index' ? 'ascending' : 'descending',
  };
}
