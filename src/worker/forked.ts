import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { type Randomness, renewRandomness } from '../sameness/randomness.ts';
import { exitWithoutTeardown } from './copy/exit.ts';
import { assumeIdentity } from './copy/identity.ts';
import { recordProfiles } from './copy/profiles.ts';
import { setWorkerFlags } from './flags.ts';
import { runWorker } from './main.ts';

/** Turns this copy of the mold into a worker, and runs it. */
export async function becomeWorker(assignment: Assignment, native: Native, randomness: Randomness): Promise<void> {
  assumeIdentity(native.pid());
  renewRandomness(randomness);
  native.renewGenerators();
  setWorkerFlags(assignment);
  exitWithoutTeardown(native, await recordProfiles());
  await runWorker(assignment, openStatusLink(STATUS_FD), native);
}
