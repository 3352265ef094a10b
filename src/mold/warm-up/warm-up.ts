import { loadModule } from '../../loading/load-module.ts';
import { exportedWarmUp, takeWarmUps, type WarmUp } from '../../loading/warm-ups.ts';
import type { LoadAssignment } from '../../protocol/assignment.ts';
import { WARM_UP } from '../../protocol/messages.ts';
import type { RandomnessRecording } from '../../sameness/randomness.ts';
import type { Load } from '../preload/load.ts';
import { runWarmUps } from './run.ts';

/** Of SWARM_BOOT_TIMEOUT. The rest is for loading, and for another mold that loads everything again, without the warm-up. */
const PART = 1 / 4;

/** How long warm-ups may take, milliseconds. */
export function warmUpTimeout({ bootTimeout }: Pick<LoadAssignment, 'bootTimeout'>): number {
  return bootTimeout * PART;
}

/**
 * The last thing to load before the fork: what loaded modules have registered, and what the `-r` modules export, to warm up.
 * Afterwards, registering does nothing.
 *
 * @param own the `-r` modules
 * @param skipped names of those that were not loaded
 * @returns undefined if there is nothing to warm up, or if it must stay cold
 */
export async function warmUpLoad(
  own: readonly Load[],
  skipped: readonly string[],
  assignment: LoadAssignment,
  recording: RandomnessRecording,
): Promise<Load | undefined> {
  const registered = takeWarmUps() ?? [];
  const missing = new Set([...skipped, ...assignment.leaveOut]);
  const loaded = own.filter(({ name }) => !missing.has(name));
  if (assignment.isCold || loaded.length === 0) return undefined;
  const warmUps = [...registered, ...(await exportedBy(loaded))];
  if (warmUps.length === 0) return undefined;
  const run = () => runWarmUps(warmUps, warmUpTimeout(assignment), () => recording.beginRound());
  return {
    name: WARM_UP,
    specifier: WARM_UP,
    how: 'as warm-up',
    from: process.cwd(),
    url: undefined,
    isNamed: true,
    run,
  };
}

/** The modules are in Node's cache. */
async function exportedBy(loads: readonly Load[]): Promise<WarmUp[]> {
  const found: WarmUp[] = [];
  for (const { from, how } of loads) {
    const warmUp = exportedWarmUp(await loadModule(from, how === 'as main'));
    if (warmUp) found.push(warmUp);
  }
  return found;
}
