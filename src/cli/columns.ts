import type { Status } from '../control/status.ts';
import { plain } from '../text/plain.ts';
import { type Cell, layOut, type Style } from '../text/table.ts';
import { duration, milliseconds, tenthsOfMB } from '../text/units.ts';
import type { Process } from './processes.ts';

type Worker = Status['workers'][number];

/** Spaces between columns. */
export const GAP = 1;

export interface Column {
  readonly title: string;
  /** Numbers are right-aligned, and text is left-aligned. */
  readonly align: 'left' | 'right';
  readonly cell: (process: Process) => Cell;
}

/** All columns, in the order of the table. */
export const COLUMNS = {
  slot: ofWorkers('SLOT', ({ slot }) => String(slot)),
  index: ofWorkers('INDEX', ({ index }) => String(index)),
  generation: ofWorkers('GEN', ({ generation }) => String(generation)),
  pid: ofAll('PID', ({ pid }) => (pid === null ? '-' : String(pid))),
  state: ofAll('STATE', stateOf, 'left'),
  uptime: ofWorkers('UP', ({ pid, uptime }) => (pid === null ? '-' : duration(uptime))),
  restarts: ofWorkers('RESTARTS', ({ restarts }) => styled(String(restarts), restarts > 0 && 'yellow')),
  delay: ofWorkers('DELAY', delayOf),
  cpu: ofAll('CPU', ({ share }) => (share === undefined ? '-' : `${Math.round(share * 100)}%`)),
  pss: ofAll('PSS MB', ({ pss }) => tenthsOrDash(pss)),
  private: ofAll('PRIVATE', (process) => tenthsOrDash(process.private)),
  busy: ofWorkers('BUSY WITH', ({ busy }) => plain(busy), 'left'),
} satisfies Record<string, Column>;

export type ColumnName = keyof typeof COLUMNS;

/** Returns a header, and a line for each process. */
export function tableOf(processes: readonly Process[], columns: readonly Column[], colored: boolean): string[] {
  const header = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }));
  const rows = processes.map((process) => columns.map(({ cell }) => cell(process)));
  const align = columns.map(({ align }) => align);
  return layOut([header, ...rows], align, { gap: GAP, colored });
}

function ofAll(title: string, cell: Column['cell'], align: Column['align'] = 'right'): Column {
  return { title, align, cell };
}

/** Creates a column that is empty for the supervisor and its molds. */
function ofWorkers(title: string, cell: (worker: Worker) => Cell, align?: Column['align']): Column {
  return ofAll(title, (process) => ('role' in process ? '' : cell(process)), align);
}

function styled(text: string, style: Style | false): Cell {
  return { text, style: style || undefined };
}

const STYLES = {
  ready: 'green',
  starting: 'yellow',
  waiting: 'yellow',
  quiet: 'cyan',
  stopping: 'cyan',
  killed: 'red',
} as const satisfies Record<Worker['state'], string>;

function stateOf(process: Process): Cell {
  return 'role' in process ? styled(process.role, 'dim') : styled(process.state, STYLES[process.state]);
}

/** Event loop delays of at least this many milliseconds are shown in red. */
const LONG_DELAY = 1000;

function delayOf({ delay }: Worker): Cell {
  if (delay === null) return '-';
  return styled(milliseconds(delay), delay >= LONG_DELAY && 'red');
}

function tenthsOrDash(bytes: number | null): string {
  return bytes === null ? '-' : tenthsOfMB(bytes);
}
