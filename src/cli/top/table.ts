import { textOf } from '../../text/table.ts';
import { cutToWidth } from '../../text/width.ts';
import { COLUMNS, type Column, type ColumnName, GAP, tableOf } from '../columns.ts';
import type { Process } from '../processes.ts';
import type { Sort, View } from './view.ts';

/** Columns by importance. A narrow terminal shows only the first ones. */
const BY_IMPORTANCE = [
  'slot',
  'state',
  'pss',
  'cpu',
  'pid',
  'restarts',
  'delay',
  'private',
  'uptime',
  'index',
  'busy',
  'generation',
] as const satisfies readonly ColumnName[];

/** Minimum width of BUSY WITH, in terminal columns. A narrower column would be useless. */
const LEAST_BUSY = 20;

const SORTED_BY = {
  slot: { column: 'slot', figure: undefined },
  memory: { column: 'pss', figure: ({ pss }) => pss ?? -1 },
  cpu: { column: 'cpu', figure: ({ share }) => share ?? -1 },
  restarts: { column: 'restarts', figure: (process) => ('restarts' in process ? process.restarts : -1) },
} as const satisfies Record<Sort, { column: ColumnName; figure: ((process: Process) => number) | undefined }>;

/** Sorts workers. @param workers by slot; equal ones keep this order, or its reverse */
export function sorted(workers: readonly Process[], { sort, reversed }: View): Process[] {
  const { figure } = SORTED_BY[sort];
  const most = figure ? workers.toSorted((a, b) => figure(b) - figure(a)) : [...workers];
  return reversed ? most.reverse() : most;
}

/**
 * Returns a header with an arrow at the sorted column, and a line for each process. Drops columns that do not fit, the
 * least important first.
 *
 * @param width width of the terminal, in columns
 */
export function fittingTable(processes: readonly Process[], view: View, width: number, colored: boolean): string[] {
  const by = SORTED_BY[view.sort].column;
  const arrow = (view.sort === 'slot') === view.reversed ? '▼' : '▲';
  const columns: Record<ColumnName, Column> = {
    ...COLUMNS,
    [by]: { ...COLUMNS[by], title: COLUMNS[by].title + arrow },
  };
  const shown = new Set<ColumnName>();
  let left = width + GAP;
  for (const name of new Set<ColumnName>([by, ...BY_IMPORTANCE])) {
    const needed = GAP + (name === 'busy' ? LEAST_BUSY : widthOf(columns[name], processes));
    if (needed > left) break;
    left -= needed;
    shown.add(name);
  }
  const { cell } = columns.busy;
  columns.busy = { ...columns.busy, cell: (process) => cutToWidth(textOf(cell(process)), LEAST_BUSY + left) };
  const inOrder = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => shown.has(name));
  return tableOf(
    processes,
    inOrder.map((name) => columns[name]),
    colored,
  );
}

function widthOf({ title, cell }: Column, processes: readonly Process[]): number {
  return Math.max(title.length, ...processes.map((process) => textOf(cell(process)).length));
}
