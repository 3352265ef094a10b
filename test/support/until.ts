import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from './processes.ts';

/** Milliseconds between two attempts. */
const PAUSE = 100;

/** Polls until the condition holds. For conditions without an event. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`timed out waiting for: ${what}`);
    await sleep(PAUSE);
  }
}
