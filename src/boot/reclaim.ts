import type { Native } from '../native/binding.ts';
import type { Fleet } from '../supervisor/fleet.ts';
import { isAtWork } from '../supervisor/queries.ts';

/**
 * How long after the last worker became ready, milliseconds: late enough not to delay the log lines and messages of the
 * boot.
 */
const DELAY = 1000;

/**
 * For the memory of the supervisor, of which booting has left a third unused.
 *
 * @returns an observer of the fleet: once all workers are at work, when there is nothing to be quick about any more, it
 *   gives back what was freed
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
        // This Node cannot be asked.
      }
      native?.trim();
    }, DELAY).unref();
  };
}
