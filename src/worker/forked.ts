import { setFlagsFromString } from 'node:v8';
import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { assumeIdentity } from './identity.ts';
import { runWorker } from './main.ts';
import { type Randomness, renewRandomness } from './randomness.ts';

/** What a worker begins with in fork mode, in the copy of its mold. */
export async function becomeWorker(assignment: Assignment, native: Native, randomness: Randomness): Promise<void> {
  assumeIdentity();
  renewRandomness(randomness);
  reduceMemoryAtRest();
  await runWorker(assignment, openStatusLink(STATUS_FD), native);
}

/** The mold did not (process/node-flags.ts): from now on, V8 collects garbage in a quiet moment after it had to in a busy one. */
function reduceMemoryAtRest(): void {
  const isGiven = process.execArgv.some((flag) => /memory[-_]reducer/.test(flag));
  if (!isGiven) setFlagsFromString('--memory-reducer');
}
