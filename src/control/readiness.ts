import type { FleetStatus } from '../supervisor/status.ts';
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

/** A slot in which one worker replaces another counts once. */
export function readinessOf({ phase, count, rollout, workers }: FleetStatus): Readiness {
  if (phase !== 'running') return { ready: false, message: PHASES[phase] };
  const ready = new Set(workers.filter(({ state }) => state === 'ready').map(({ slot }) => slot)).size;
  // Where the memory bears no worker more, a rolling restart stops one before it starts the next.
  const enough = rollout && count > 1 ? count - 1 : count;
  return {
    ready: ready >= enough,
    message: `${ready} of ${plural(count, 'worker')} ${ready === 1 ? 'is' : 'are'} ready`,
  };
}
