import type { Status } from '../control/status.ts';
import { plain } from '../text/plain.ts';
import { duration, inMB, plural } from '../text/units.ts';

/** Returns "swarm 0.1.0 (pid 12), running: 16 of 16 workers ready" and "up 3min, fork mode, generation 2". */
export function headlines({ version, pid, phase, uptime, ready, count, mode, generation }: Status): string[] {
  return [
    `swarm ${version} (pid ${pid}), ${phase}: ${ready} of ${plural(count, 'worker')} ready`,
    `up ${duration(uptime)}, ${mode} mode, generation ${generation}`,
  ];
}

/** Describes the rolling restart in progress, or the failure of the last one. */
export function rolloutLines({ rollout, lastRollout }: Status): string[] {
  if (rollout) {
    const doing = {
      preparing: 'is being prepared',
      trying: 'has its first worker on trial',
      renewing: 'is being rolled out',
    };
    return [`generation ${rollout.generation} ${doing[rollout.stage]}`];
  }
  return lastRollout?.error ? [`generation ${lastRollout.generation} failed: ${plain(lastRollout.error)}`] : [];
}

/** Describes the total memory, and how much of it sharing saves. */
export function memoryLines({ memory, mode, workers }: Status): string[] {
  if (!memory) return ['swarm cannot measure the memory of processes here (/proc/<pid>/smaps_rollup).'];
  const { total, shared, private: own, unshared, limit } = memory;
  const of = limit === null ? '' : ` of ${inMB(limit)}`;
  const lines = [`memory: ${inMB(total)}${of}; ${inMB(shared)} shared and ${inMB(own)} private`];
  // Without workers, as during the boot, nothing is shared yet.
  if (mode !== 'fork' || workers.length === 0) return lines;
  return [...lines, describeSaving(unshared, total)];
}

/** Describes what sharing saves. With few workers, the mold can take more memory than that. */
function describeSaving(unshared: number, total: number): string {
  if (total > unshared) return `sharing does not pay off here: it takes ${inMB(total - unshared)} more`;
  const saved = unshared - total;
  return `sharing saves ${inMB(saved)} (${Math.round((saved / unshared) * 100)} %)`;
}
