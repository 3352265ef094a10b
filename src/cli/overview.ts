import type { Status } from '../control/status.ts';
import { COLUMNS, tableOf } from './columns.ts';
import { processesOf } from './processes.ts';
import { headlines, memoryLines, rolloutLines } from './summary.ts';

const { slot, index, pid, state, uptime, restarts, delay, cpu, pss, private: own } = COLUMNS;
const SHOWN = [slot, index, pid, state, uptime, restarts, delay, cpu, pss, own];

/**
 * Returns the lines of `swarm status`, within 80 columns.
 *
 * @param before an earlier status, from which CPU shares are measured
 * @param colored whether to use colors, as for a terminal
 */
export function overview(status: Status, before: Status, colored: boolean): string[] {
  const { workers, others } = processesOf(status, before);
  return [
    ...headlines(status),
    ...rolloutLines(status),
    '',
    ...tableOf([...workers, ...others], SHOWN, colored),
    '',
    ...memoryLines(status),
  ];
}
