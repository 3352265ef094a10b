import { type CpuShares, sharesOf } from '../control/shares.ts';
import type { ProcessUse, Status } from '../control/status.ts';
import { type Cell, layOut } from '../text/table.ts';
import { duration, inMB, milliseconds, plural, tenthsOfMB } from '../text/units.ts';

const COLUMNS = ['SLOT', 'INDEX', 'PID', 'STATE', 'UP', 'RESTARTS', 'DELAY', 'CPU', 'PSS MB', 'PRIVATE'] as const;
/** Figures end at the same place; words begin there. */
const ALIGN = COLUMNS.map((title) => (title === 'STATE' ? 'left' : 'right'));
const HEADER = COLUMNS.map((text): Cell => ({ text, style: 'bold' }));

const STYLES = {
  ready: 'green',
  starting: 'yellow',
  waiting: 'yellow',
  quiet: 'cyan',
  stopping: 'cyan',
  killed: 'red',
} as const satisfies Record<Status['workers'][number]['state'], string>;

/** An event loop blocked for this long makes a worker worth a look, milliseconds. */
const LONG_DELAY = 1000;

/**
 * A swarm as `swarm status` and `swarm top` show it, within 80 columns.
 *
 * @param before an earlier status: CPU shares are measured from there
 * @param coloured whether it is for a terminal
 */
export function overview(status: Status, before: Status, coloured: boolean): string[] {
  const shares = sharesOf(before, status);
  const rows = [HEADER, ...workerRows(status, shares), ...otherRows(status, shares)];
  return [
    ...headlines(status),
    ...rolloutLines(status),
    '',
    ...layOut(rows, ALIGN, { gap: 1, coloured }),
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

function workerRows(status: Status, shares: CpuShares): Cell[][] {
  return status.workers.map((worker) => {
    const { slot, index, pid, state, uptime, restarts, delay } = worker;
    return [
      String(slot),
      String(index),
      pid === null ? '-' : String(pid),
      { text: state, style: STYLES[state] },
      pid === null ? '-' : duration(uptime),
      { text: String(restarts), style: restarts > 0 ? 'yellow' : undefined },
      { text: delay === null ? '-' : milliseconds(delay), style: (delay ?? 0) >= LONG_DELAY ? 'red' : undefined },
      ...use(pid, worker, shares),
    ];
  });
}

function otherRows(status: Status, shares: CpuShares): Cell[][] {
  return status.others.map((other) => {
    const { role, pid } = other;
    return ['', '', String(pid), { text: role, style: 'dim' }, '', '', '', ...use(pid, other, shares)];
  });
}

function use(pid: number | null, { pss, private: own }: ProcessUse, shares: CpuShares): string[] {
  const share = shares(pid);
  return [share === undefined ? '-' : `${Math.round(share * 100)}%`, ...[pss, own].map(tenthsOrDash)];
}

function memoryLines({ memory, mode, workers }: Status): string[] {
  if (!memory) return ['What a process uses cannot be read here (/proc/<pid>/smaps_rollup).'];
  const { total, shared, private: own, unshared, limit } = memory;
  const of = limit === null ? '' : ` of ${inMB(limit)}`;
  const lines = [`memory: ${inMB(total)}${of}; ${inMB(shared)} shared and ${inMB(own)} private`];
  // While it boots there are none: nothing is shared yet.
  if (mode !== 'fork' || workers.length === 0) return lines;
  return [...lines, describeSaving(unshared, total)];
}

/** A mold takes memory too: with few workers, more than it saves. */
function describeSaving(unshared: number, total: number): string {
  if (total > unshared) return `sharing does not pay here: it takes ${inMB(total - unshared)} more`;
  const saved = unshared - total;
  return `sharing saves ${inMB(saved)} (${Math.round((saved / unshared) * 100)} %)`;
}

function tenthsOrDash(bytes: number | null): string {
  return bytes === null ? '-' : tenthsOfMB(bytes);
}
