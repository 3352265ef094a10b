import { styleText } from 'node:util';
import type { ProcessUse, Status } from '../control/status.ts';
import { inMB, MB, plural } from '../text/units.ts';

type Style = Parameters<typeof styleText>[0];

interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

const COLUMNS = ['SLOT', 'INDEX', 'PID', 'STATE', 'UP', 'RESTARTS', 'DELAY', 'CPU', 'PSS MB', 'PRIVATE'] as const;
/** Words; the others are figures, and end at the same place. */
const WORDS: readonly string[] = ['STATE'];

const STYLES: Readonly<Record<string, Style>> = {
  ready: 'green',
  starting: 'yellow',
  waiting: 'yellow',
  quiet: 'cyan',
  stopping: 'cyan',
  killed: 'red',
};

/** From which on a worker is worth a look: an event loop that is held up for so long, milliseconds. */
const LONG_DELAY = 1000;

/**
 * A swarm as `swarm status` and `swarm top` show it, within 80 columns.
 *
 * @param before the status a little earlier, to tell how busy the processors are
 * @param coloured whether it is for a terminal
 */
export function overview(status: Status, before: Status, coloured: boolean): string[] {
  const paint = ({ text, style }: Cell, width = 0, left = false) => {
    const padded = left ? text.padEnd(width) : text.padStart(width);
    return coloured && style ? styleText(style, padded, { validateStream: false }) : padded;
  };
  const load = loadSince(before, status);
  const rows = [...workerRows(status, load), ...otherRows(status, load)];
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.text.length ?? 0)),
  );
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, column) => paint(cell, widths[column], WORDS.includes(COLUMNS[column] ?? '')))
      .join(' ')
      .trimEnd();
  return [
    ...headlines(status),
    ...rolloutLines(status),
    '',
    line(COLUMNS.map((text) => ({ text, style: 'bold' }))),
    ...rows.map(line),
    '',
    ...memoryLines(status),
  ];
}

/** "swarm 0.1.0 (pid 12), running: 16 of 16 workers ready", and "up 3min, fork mode, generation 2" */
function headlines({ version, pid, phase, uptime, ready, count, mode, generation }: Status): string[] {
  return [
    `swarm ${version} (pid ${pid}), ${phase}: ${ready} of ${plural(count, 'worker')} ready`,
    `up ${duration(uptime)}, ${mode} mode, generation ${generation}`,
  ];
}

function rolloutLines({ rollout, lastRollout }: Status): string[] {
  if (rollout) {
    const doing = {
      preparing: 'is being prepared',
      trying: 'has its first worker on trial',
      renewing: 'is rolled out',
    };
    return [`generation ${rollout.generation} ${doing[rollout.stage]}`];
  }
  return lastRollout?.error ? [`generation ${lastRollout.generation} failed: ${lastRollout.error}`] : [];
}

function workerRows(status: Status, load: Load): Cell[][] {
  return status.workers.map((worker) => {
    const { slot, index, pid, state, uptime, restarts, delay } = worker;
    const figures = [
      { text: pid === null ? '-' : duration(uptime) },
      { text: String(restarts), style: restarts > 0 ? ('yellow' as const) : undefined },
      {
        text: delay === null ? '-' : milliseconds(delay),
        style: (delay ?? 0) >= LONG_DELAY ? ('red' as const) : undefined,
      },
    ];
    const place = [{ text: String(slot) }, { text: String(index) }, { text: pid === null ? '-' : String(pid) }];
    return [...place, { text: state, style: STYLES[state] }, ...figures, ...use(pid, worker, load)];
  });
}

function otherRows(status: Status, load: Load): Cell[][] {
  const none = { text: '' };
  return status.others.map((other) => {
    const { role, pid } = other;
    const cells = [none, none, { text: String(pid) }, { text: role, style: 'dim' as const }, none, none, none];
    return [...cells, ...use(pid, other, load)];
  });
}

type Load = (pid: number | null) => number | undefined;

function use(pid: number | null, { pss, private: own }: ProcessUse, load: Load): Cell[] {
  const part = load(pid);
  return [{ text: part === undefined ? '-' : `${Math.round(part * 100)}%` }, { text: mb(pss) }, { text: mb(own) }];
}

/** How much of a processor each process has used meanwhile: 1 is all of one. */
function loadSince(before: Status, now: Status): Load {
  const times = ({ workers, others }: Status) =>
    new Map([...workers, ...others].flatMap(({ pid, cpu }) => (pid === null || cpu === null ? [] : [[pid, cpu]])));
  const [then, since] = [times(before), times(now)];
  const elapsed = now.uptime - before.uptime;
  return (pid) => {
    const [from, to] = [then.get(pid ?? 0), since.get(pid ?? 0)];
    if (from === undefined || to === undefined || elapsed <= 0) return undefined;
    return Math.max(0, to - from) / elapsed;
  };
}

function memoryLines({ memory, mode }: Status): string[] {
  if (!memory) return ['What a process uses cannot be read here (/proc/<pid>/smaps_rollup).'];
  const { total, shared, private: own, unshared, limit } = memory;
  const of = limit === null ? '' : ` of ${inMB(limit)}`;
  const lines = [`memory: ${inMB(total)}${of}; ${inMB(shared)} shared and ${inMB(own)} private`];
  if (mode !== 'fork') return lines;
  return [...lines, `without sharing: ${inMB(unshared)}, ${(unshared / total).toFixed(1)} times as much`];
}

function mb(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / MB).toFixed(1);
}

function milliseconds(delay: number): string {
  return delay < 10_000 ? `${delay}ms` : `${Math.round(delay / 1000)}s`;
}

/** "45s", "12min", "5h", "9d" */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
