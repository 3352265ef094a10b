// The job module of all contenders, plus a warm-up, so that the first jobs find compiled code.
import { KINDS, perform } from './work.js';

export { default } from './jobs.js';

/** Does one job of each kind. */
export async function warmUp(round) {
  for (let kind = 0; kind < KINDS.length; kind += 1) await perform(round * KINDS.length + kind);
}
