import { loadModule } from '../../loading/load-module.ts';
import { exportedWarmUp, takeWarmUps, type WarmUp } from '../../loading/warm-ups.ts';
import type { LoadAssignment } from '../../protocol/assignment.ts';
import { WARM_UP } from '../../protocol/messages.ts';
import type { RandomnessRecording } from '../../sameness/randomness.ts';
import type { Load } from '../preload/load.ts';
import { runWarmUps } from './run.ts';

/**
 * Fraction of SWARM_BOOT_TIMEOUT. The rest is for loading, and for another mold that loads everything again, cold.
 */
const PART = 1 / 4;

/** Returns how long warm-ups can take, in milliseconds. */
export function warmUpTimeout({ bootTimeout }: Pick<LoadAssignment, 'bootTimeout'>): number {
  return bootTimeout * PART;
}

/**
 * Returns the last load before the fork, which runs the warm-ups that modules registered and those that the `-r`
 * modules export. After this call, registering does nothing.
 *
 * @param own the `-r` modules
 * @param skipped names of modules that were not loaded
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

/** Returns the warm-ups that modules export. The modules are already in Node's cache. */
async function exportedBy(loads: readonly Load[]): Promise<WarmUp[]> {
  const found: WarmUp[] = [];
  for (const { from, how } of loads) {
    const warmUp = exportedWarmUp(await loadModule(from, how === 'as main'));
    if (warmUp) found.push(warmUp);
  }
  return found;
}
