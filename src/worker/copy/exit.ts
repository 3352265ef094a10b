import type { Native } from '../../native/binding.ts';
import { intercept } from '../../node/process-events.ts';
import { isStartedWith } from '../flags.ts';

/** With these Node writes files while it takes itself down, of worker_threads among others. */
const DIAGNOSTICS = /--(?:cpu-prof|heap-prof|prof|trace-event)/;

/** How long Node's teardown may take then, milliseconds. */
const PATIENCE = 10_000;

/**
 * From here on this process ends without Node's teardown. That joins V8's threads, and one of them may be waiting for a
 * collection that only the joining thread could run.
 *
 * @param finish called at the very end, after the listeners of `exit`
 */
export function exitWithoutTeardown(native: Native, finish: () => void): void {
  let isOurs = true;
  const isDiagnosed = isStartedWith(DIAGNOSTICS) || Boolean(process.env['NODE_V8_COVERAGE']);
  try {
    native.exitWithoutTeardown(isDiagnosed ? PATIENCE : 0);
  } catch {
    // This Node does not let an addon decide: it ends in its own way.
    isOurs = false;
  }
  intercept('exit', (next) => {
    const result = next();
    finish();
    // Listeners may have changed it.
    if (isOurs) native.noteExitStatus(Number(process.exitCode ?? 0));
    return result;
  });
}
