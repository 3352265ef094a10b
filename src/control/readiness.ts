import type { FleetStatus, WorkerStatus } from '../supervisor/status.ts';
import { plural } from '../text/units.ts';

/** Whether all wanted workers are ready. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence for people: how many workers are ready, or why the swarm is not. */
  readonly message: string;
}

const PHASES = {
  booting: 'the swarm is booting',
  quiet: 'the swarm takes no new work',
  stopping: 'the swarm is stopping',
  gone: 'the swarm is stopping',
} as const;

export function readinessOf({ phase, count, ready, replacing, workers }: FleetStatus): Readiness {
  if (phase !== 'running') return { ready: false, message: PHASES[phase] };
  const failing = mostFailing(workers);
  const message = `${ready} of ${plural(count, 'worker')} ${count === 1 ? 'is' : 'are'} ready`;
  if (failing) {
    const { slot, failures } = failing;
    return { ready: false, message: `${message}; worker ${slot} has failed ${failures} times in a row` };
  }
  // If there is no memory for an extra worker, the old worker stops before its replacement starts.
  const isAway = replacing !== null && !workers.some(({ slot, state }) => slot === replacing && state === 'ready');
  return { ready: ready >= count || (isAway && ready > 0 && ready === count - 1), message };
}

/**
 * Finds the slot with the most failures in a row. In a crash loop, a worker can be ready for a moment each time, so it
 * must be proven. A single failure does not count: it may be chance, and the next worker starts immediately.
 */
function mostFailing(workers: readonly WorkerStatus[]): WorkerStatus | undefined {
  const well = new Set(workers.filter(({ state, proven }) => state === 'ready' && proven).map(({ slot }) => slot));
  const failing = workers.filter(({ slot, failures }) => failures > 1 && !well.has(slot));
  return failing.sort((a, b) => b.failures - a.failures)[0];
}
