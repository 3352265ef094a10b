import type { LoadAssignment } from '../protocol/assignment.ts';
import type { Load } from './preload/load.ts';
import { isPreload } from './preload/node-preloads.ts';

/** Why a load is skipped: each worker must first load something that comes before it. */
export interface SkipReason {
  /** A clause: no capital, no full stop. */
  readonly reason: string;
  /** A sentence without the full stop. */
  readonly remedy: string;
}

/**
 * Skips everything after a left-out preload, because a preload affects what is loaded after it. With `stopsThere`,
 * skips everything after any left-out load.
 *
 * @returns a function to call for each load, in order
 */
export function barrierOf({ leaveOut, stopsThere }: LoadAssignment): (load: Load) => SkipReason | undefined {
  let closed: SkipReason | undefined;
  return (load) => {
    const { name } = load;
    if ((isPreload(load) || stopsThere) && leaveOut.includes(name)) {
      closed ??= {
        reason: `${name} must come first, in each worker`,
        remedy:
          'To share them again, have it open nothing and keep no id while it loads, or do not preload it (docs/fork-safety.md, Preloads)',
      };
    }
    return closed;
  };
}
