import type { Native } from '../native/binding.ts';
import type { Fleet } from '../supervisor/fleet.ts';
import { isAtWork } from '../supervisor/queries.ts';

/**
 * Delay after the last worker becomes ready, milliseconds: long enough not to hold up the log lines and messages of the
 * boot.
 */
const DELAY = 1000;

/**
 * Reclaims memory of the supervisor: after the boot, a third of it is unused.
 *
 * @returns an observer of the fleet. Once all workers are at work, it collects garbage and returns free memory to the
 *   system
 */
export function reclaimWhenUp(native: Pick<Native, 'collect' | 'trim'> | undefined): (fleet: Fleet) => void {
  let isDone = native === undefined;
  return ({ workers, policy }) => {
    if (isDone || workers.length < policy.count || !workers.every(isAtWork)) return;
    isDone = true;
    setTimeout(() => {
      try {
        native?.collect();
      } catch {
        // Not possible with this Node.
      }
      native?.trim();
    }, DELAY).unref();
  };
}
