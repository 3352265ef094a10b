import type { Native } from '../../native/binding.ts';
import { intercept } from '../../node/process-events.ts';
import { isStartedWith } from '../flags.ts';

/** With these flags Node writes files during its teardown, for worker_threads among others. */
const DIAGNOSTICS = /--(?:cpu-prof|heap-prof|prof|trace-event)/;

/** How long Node's teardown may take then, milliseconds. */
const PATIENCE = 10_000;

/**
 * From here on this process ends without Node's teardown, which joins V8's threads. One of them may be waiting for a
 * collection that only the joining thread can run.
 *
 * @param finish called at the very end, after the `exit` listeners
 */
export function exitWithoutTeardown(native: Native, finish: () => void): void {
  let isOurs = true;
  const isDiagnosed = isStartedWith(DIAGNOSTICS) || Boolean(process.env['NODE_V8_COVERAGE']);
  try {
    native.exitWithoutTeardown(isDiagnosed ? PATIENCE : 0);
  } catch {
    // This Node does not let an addon decide, and ends in its own way.
    isOurs = false;
  }
  intercept('exit', (next) => {
    const result = next();
    finish();
    // The listeners may have changed it.
    if (isOurs) native.noteExitStatus(Number(process.exitCode ?? 0));
    return result;
  });
}
