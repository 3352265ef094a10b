import { styleText } from 'node:util';
import type { Status } from '../../control/status.ts';
import { cutToWidth } from '../../text/width.ts';
import { processesOf } from '../processes.ts';
import { headlines, memoryLines, rolloutLines } from '../summary.ts';
import { fittingTable, sorted } from './table.ts';
import { type Room, type View, within } from './view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Screen {
  /** No more than the terminal has rows, and none is wider than it. */
  readonly lines: readonly string[];
  readonly room: Room;
}

const KEYS = 'q quits  s sorts  r reverses  ↑ ↓ Page Up/Down Home End scroll';

/** Lines that always stay: the title, the numbers of the workers shown, the header, and the keys. */
const FIXED = 4;

/** All other lines stay while at least this many workers fit. */
const LEAST_PAGE = 5;

/**
 * The screen of `swarm top`: as many workers as fit, between the head and the totals.
 *
 * @param before an earlier status: shares of a processor are measured from there
 */
export function screenOf(now: Status, before: Status, view: View, { columns, rows }: Size, coloured: boolean): Screen {
  const { workers, others } = processesOf(now, before);
  const [header = '', ...table] = fittingTable([...sorted(workers, view), ...others], view, columns, coloured);
  const fitting = (lines: readonly string[]) => lines.map((line) => cutToWidth(line, columns));
  const [title = '', ...more] = fitting([...headlines(now), ...rolloutLines(now)]);
  const rest = table.slice(workers.length);
  const totals = fitting(memoryLines(now));
  const event = lastEvent(now, columns, coloured);
  const blank = [''];
  const kept = surroundings([blank, rest, event, totals, more], workers.length, rows - FIXED);
  const ifKept = (lines: readonly string[]) => (kept.includes(lines) ? lines : []);
  const room = { workers: workers.length, page: Math.max(1, rows - FIXED - kept.flat().length) };
  const above = within(view.above, room);
  const shown = table.slice(above, Math.min(above + room.page, workers.length));
  const lines = [
    title,
    ...ifKept(more),
    ...fitting([whichOf(workers.length, above, shown.length)]),
    header,
    ...shown,
    ...ifKept(rest),
    ...ifKept(blank),
    ...ifKept(totals),
    ...ifKept(event),
    ...fitting([KEYS]),
  ];
  return { lines: lines.slice(0, rows), room };
}

/** "workers 17–32 of 50"; nothing where all of them are shown. */
function whichOf(workers: number, above: number, shown: number): string {
  return shown < workers ? `workers ${above + 1}–${above + shown} of ${workers}` : '';
}

/**
 * The blocks of lines that stay around the workers.
 *
 * @param blocks in the order in which they give way: the first to any worker, the others to LEAST_PAGE workers
 * @param rows for the blocks and the workers
 */
function surroundings(blocks: readonly string[][], workers: number, rows: number): readonly (readonly string[])[] {
  const given = blocks.findIndex((_, number) => {
    const wanted = number === 0 ? workers : Math.min(workers, LEAST_PAGE);
    return rows - blocks.slice(number).flat().length >= wanted;
  });
  return given === -1 ? [] : blocks.slice(given);
}

const STYLES = { info: undefined, warn: 'yellow', error: 'red' } as const;

/** "14:03:59 worker 3 (index 3, pid 4711) is ready after 41 ms", in local time. */
function lastEvent({ events }: Status, columns: number, coloured: boolean): string[] {
  // A swarm of an older version does not have them.
  const last = (events as Status['events'] | undefined)?.at(-1);
  if (!last) return [];
  const line = cutToWidth(`${new Date(last.at).toTimeString().slice(0, 8)} ${last.message}`, columns);
  const style = STYLES[last.level];
  return [coloured && style ? styleText(style, line, { validateStream: false }) : line];
}
