import type { LoadAssignment } from '../protocol/assignment.ts';
import type { Load } from './preload/load.ts';
import { isPreload } from './preload/node-preloads.ts';

/** Why a load is skipped: something that comes before it has to be loaded in each worker. */
export interface SkipReason {
  /** Half a sentence. */
  readonly reason: string;
  /** A sentence without its full stop. */
  readonly remedy: string;
}

/**
 * A preload acts on what comes after it. If it is left out, everything after it is skipped.
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
