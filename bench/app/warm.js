// The job module of all contenders, and what it has to do so that its first jobs find compiled code (onWarmUp).
import { KINDS, perform } from './work.js';

export { default } from './jobs.js';

/** A job of each kind. */
export async function warmUp(round) {
  for (let kind = 0; kind < KINDS.length; kind += 1) await perform(round * KINDS.length + kind);
}
