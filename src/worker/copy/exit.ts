import type { Native } from '../../native/binding.ts';
import { intercept } from '../../node/process-events.ts';
import { isStartedWith } from '../flags.ts';

/** Flags with which Node writes files during its teardown, also for worker threads. */
const DIAGNOSTICS = /--(?:cpu-prof|heap-prof|prof|trace-event)/;

/** Time limit for Node's teardown with such a flag, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Makes this process exit without Node's teardown, which joins V8's threads. That can deadlock: a thread can be waiting
 * for a garbage collection that only the joining thread can run.
 *
 * @param finish called last, after the `exit` listeners
 */
export function exitWithoutTeardown(native: Native, finish: () => void): void {
  let isOurs = true;
  const isDiagnosed = isStartedWith(DIAGNOSTICS) || Boolean(process.env['NODE_V8_COVERAGE']);
  try {
    native.exitWithoutTeardown(isDiagnosed ? PATIENCE : 0);
  } catch {
    // This Node gives an addon no control over the exit, so its teardown runs.
    isOurs = false;
  }
  intercept('exit', (next) => {
    const result = next();
    finish();
    // Read after the listeners, which can change it.
    if (isOurs) native.noteExitStatus(Number(process.exitCode ?? 0));
    return result;
  });
}
