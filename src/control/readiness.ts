import type { FleetStatus, WorkerStatus } from '../supervisor/status.ts';
import { plural } from '../text/units.ts';

/** Whether as many workers are ready as there should be. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence, for people: why it is not, or how many are. */
  readonly message: string;
}

const PHASES = {
  booting: 'the swarm boots',
  quiet: 'the swarm takes no new work',
  stopping: 'the swarm stops',
  gone: 'the swarm stops',
} as const;

export function readinessOf({ phase, count, ready, replacing, workers }: FleetStatus): Readiness {
  if (phase !== 'running') return { ready: false, message: PHASES[phase] };
  const failing = mostFailing(workers);
  const message = `${ready} of ${plural(count, 'worker')} ${count === 1 ? 'is' : 'are'} ready`;
  if (failing) {
    const { slot, failures } = failing;
    return { ready: false, message: `${message}; worker ${slot} has failed ${failures} times in a row` };
  }
  // If there is no memory for one more worker, one stops before the next is started.
  const isAway = replacing !== null && !workers.some(({ slot, state }) => slot === replacing && state === 'ready');
  return { ready: ready >= count || (isAway && ready > 0 && ready === count - 1), message };
}

/** In a crash loop a worker may be ready for a moment each time. To fail once may be chance, and another is ready at once. */
function mostFailing(workers: readonly WorkerStatus[]): WorkerStatus | undefined {
  const well = new Set(workers.filter(({ state, proven }) => state === 'ready' && proven).map(({ slot }) => slot));
  const failing = workers.filter(({ slot, failures }) => failures > 1 && !well.has(slot));
  return failing.sort((a, b) => b.failures - a.failures)[0];
}
