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
  /** Lines that fit the terminal in number and width. */
  readonly lines: readonly string[];
  readonly room: Room;
}

const KEYS = 'q quits  s sorts  r reverses  ↑ ↓ Page Up/Down Home End scroll';

/** Number of lines that are always shown: the title, the range of workers, the header, and the keys. */
const FIXED = 4;

/** The other lines are shown as long as at least this many workers fit. */
const LEAST_PAGE = 5;

/**
 * Builds the screen of `swarm top`: as many workers as fit, between the header and the totals.
 *
 * @param before an earlier status, from which CPU shares are measured
 */
export function screenOf(now: Status, before: Status, view: View, { columns, rows }: Size, colored: boolean): Screen {
  const { workers, others } = processesOf(now, before);
  const [header = '', ...table] = fittingTable([...sorted(workers, view), ...others], view, columns, colored);
  const fitting = (lines: readonly string[]) => lines.map((line) => cutToWidth(line, columns));
  const [title = '', ...more] = fitting([...headlines(now), ...rolloutLines(now)]);
  const rest = table.slice(workers.length);
  const totals = fitting(memoryLines(now));
  const event = lastEvent(now, columns, colored);
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

/** Returns "workers 17–32 of 50", or an empty string if all of them are shown. */
function whichOf(workers: number, above: number, shown: number): string {
  return shown < workers ? `workers ${above + 1}–${above + shown} of ${workers}` : '';
}

/**
 * Chooses which blocks of lines to show around the workers.
 *
 * @param blocks in the order in which they are dropped: the first if any worker needs its space, the others if fewer
 *   than LEAST_PAGE workers would fit
 * @param rows available for the blocks and the workers
 */
function surroundings(blocks: readonly string[][], workers: number, rows: number): readonly (readonly string[])[] {
  const given = blocks.findIndex((_, number) => {
    const wanted = number === 0 ? workers : Math.min(workers, LEAST_PAGE);
    return rows - blocks.slice(number).flat().length >= wanted;
  });
  return given === -1 ? [] : blocks.slice(given);
}

const STYLES = { info: undefined, warn: 'yellow', error: 'red' } as const;

/** Returns the last event, in local time: "14:03:59 worker 3 (index 3, pid 4711) is ready after 41 ms". */
function lastEvent({ events }: Status, columns: number, colored: boolean): string[] {
  // Older versions of swarm send no events.
  const last = (events as Status['events'] | undefined)?.at(-1);
  if (!last) return [];
  const line = cutToWidth(`${new Date(last.at).toTimeString().slice(0, 8)} ${last.message}`, columns);
  const style = STYLES[last.level];
  return [colored && style ? styleText(style, line, { validateStream: false }) : line];
}
