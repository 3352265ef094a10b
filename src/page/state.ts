import { readinessOf } from '../control/readiness.ts';
import type { Status } from '../control/status.ts';
import { plural } from '../text/units.ts';

/** State of a swarm: as a word, as a sentence, and as a short text for the title of the tab. */
export interface State {
  readonly word: string;
  readonly sentence: string;
  readonly short: string;
  readonly tone: 'ready' | 'busy' | 'calm' | 'bad';
}

export function stateOf(status: Status): State {
  const { phase, rollout, ready, count, workers } = status;
  switch (phase) {
    case 'booting':
      return { word: 'booting', sentence: 'The swarm is booting', short: 'booting', tone: 'busy' };
    case 'quiet':
      return { word: 'quiet', sentence: 'The swarm takes no new work', short: 'quiet', tone: 'calm' };
    case 'stopping':
    case 'gone': {
      const sentence = `The swarm is stopping: ${plural(workers.length, 'worker')} left`;
      return { word: 'stopping', sentence, short: 'stopping', tone: 'calm' };
    }
    case 'running': {
      const short = `${ready}/${count} ready`;
      if (rollout && rollout.generation > 1) {
        return {
          word: 'rolling restart',
          sentence: progress(status, rollout),
          short: `restarting, ${short}`,
          tone: 'busy',
        };
      }
      const sentence = `${ready} of ${plural(count, 'worker')} ready`;
      const readiness = readinessOf(status);
      if (ready >= count && readiness.ready) return { word: 'ready', sentence, short, tone: 'ready' };
      // In a crash loop, each worker is ready for a moment.
      if (ready >= count) return { word: 'not ready', sentence: readiness.message, short, tone: 'busy' };
      // If the missing workers are the first in their slots, the swarm is starting or growing.
      const areNew = workers.every(
        ({ state, restarts }) => state === 'ready' || (state === 'starting' && restarts === 0),
      );
      return { word: areNew ? 'starting' : 'not ready', sentence, short, tone: 'busy' };
    }
  }
}

function progress({ workers, count }: Status, { generation, stage }: NonNullable<Status['rollout']>): string {
  switch (stage) {
    case 'preparing':
      return `Generation ${generation} is being prepared`;
    case 'trying':
      return `Generation ${generation} has its first worker on trial`;
    case 'renewing': {
      const renewed = workers.filter((worker) => worker.generation === generation).map(({ slot }) => slot);
      return `Generation ${generation} has ${new Set(renewed).size} of ${plural(count, 'worker')}`;
    }
  }
}

/**
 * Returns the state of a swarm that does not answer.
 *
 * @param last its last answer, if any
 */
export function silence(last: Status | undefined): State {
  const hasStopped = last !== undefined && ['stopping', 'gone'].includes(last.phase);
  return hasStopped
    ? { word: 'stopped', sentence: 'The swarm has stopped', short: 'stopped', tone: 'bad' }
    : { word: 'no answer', sentence: 'The swarm does not answer', short: 'no answer', tone: 'bad' };
}
