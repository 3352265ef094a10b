import type { CpuShares } from '../control/shares.ts';
import type { Status } from '../control/status.ts';
import { COLUMNS, type Column, nextOrder, type Order, otherRows, type Row, sorted, workerRows } from './columns.ts';
import { at, make, part } from './document.ts';

/** Delays of at least this many milliseconds are highlighted, as in `swarm top`. */
const LONG_DELAY = 1000;

const heads = COLUMNS.map((column) => ({ column, head: newHead(column) }));
const workers = part('tbody', 'rowgroup');
const others = part('tfoot', 'rowgroup');
at('workers').setAttribute('role', 'table');
const top = part('tr', 'row', ...heads.map(({ head }) => head));
at('workers').append(part('thead', 'rowgroup', top), workers, others);

let order: Order = { column: COLUMNS[0] as Column, direction: 'ascending' };
let shown: { status: Status; sharesOf: CpuShares } | undefined;

/** Updates the table. Keeps the row of each process and writes only changed cells, because there can be 1000 rows. */
export function showWorkers(status: Status, sharesOf: CpuShares): void {
  shown = { status, sharesOf };
  for (const { column, head } of heads) {
    if (column === order.column) head.setAttribute('aria-sort', order.direction);
    else head.removeAttribute('aria-sort');
  }
  const [some, rest] = [workerRows(status, sharesOf), otherRows(status, sharesOf)];
  const largest = Math.max(1, ...[...some, ...rest].map(({ pss }) => pss ?? 0));
  fill(workers, sorted(some, order), largest);
  fill(others, rest, largest);
}

function newHead(column: Column): HTMLElement {
  const sort = () => {
    order = nextOrder(order, column);
    if (shown) showWorkers(shown.status, shown.sharesOf);
  };
  const head = part('th', 'columnheader', make('button', { type: 'button', onclick: sort }, column.title));
  head.className = column.name;
  return head;
}

interface DrawnRow {
  readonly element: HTMLElement;
  /** The element that holds the text of each column. */
  readonly cells: readonly HTMLElement[];
  /** Bars of the process's private memory and of its part of shared memory. */
  readonly bars: readonly HTMLElement[];
  /** The text currently in each cell. */
  readonly written: string[];
}

const drawn = new WeakMap<HTMLElement, Map<string, DrawnRow>>();

function fill(group: HTMLElement, rows: readonly Row[], largest: number): void {
  const before = drawn.get(group) ?? new Map<string, DrawnRow>();
  const now = new Map(rows.map((row) => [row.key, before.get(row.key) ?? newRow()]));
  drawn.set(group, now);
  for (const [key, { element }] of before) if (!now.has(key)) element.remove();
  for (const [position, row] of rows.entries()) {
    const drawnRow = now.get(row.key) as DrawnRow;
    draw(drawnRow, row, largest);
    const there = group.children[position] ?? null;
    if (there !== drawnRow.element) group.insertBefore(drawnRow.element, there);
  }
}

function newRow(): DrawnRow {
  const cells = COLUMNS.map(({ name }) => {
    const cell = name === 'slot' ? part('th', 'rowheader') : part('td', 'cell');
    cell.className = name;
    return cell;
  });
  const element = part('tr', 'row', ...cells);
  const bars = ['private', 'shared'].map((className) => make('i', { className }));
  const amount = make('span');
  const bar = make('span', { className: 'bar', ariaHidden: 'true' }, ...bars);
  cells.find(({ className }) => className === 'memory')?.append(bar, amount);
  return { element, cells: cells.map((cell) => (cell.className === 'memory' ? amount : cell)), bars, written: [] };
}

function draw({ cells, bars, written }: DrawnRow, row: Row, largest: number): void {
  for (const [position, { name, text }] of COLUMNS.entries()) {
    const [cell, next] = [cells[position], text(row)];
    if (!cell || written[position] === next) continue;
    written[position] = next;
    cell.textContent = next;
    if (name === 'state') cell.dataset['state'] = next;
    if (name === 'busy') cell.title = next;
    if (name === 'restarts') cell.classList.toggle('some', (row.restarts ?? 0) > 0);
    if (name === 'delay') cell.classList.toggle('long', (row.delay ?? 0) >= LONG_DELAY);
  }
  const own = row.private ?? 0;
  for (const [position, bytes] of [own, Math.max(0, (row.pss ?? 0) - own)].entries()) {
    const [bar, width] = [bars[position], `${((100 * bytes) / largest).toFixed(1)}%`];
    if (bar && bar.style.width !== width) bar.style.width = width;
  }
}
