import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from './processes.ts';

/** Between two looks. Milliseconds. */
const PAUSE = 100;

/** Looks again and again until it is so, for lack of an event. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`);
    await sleep(PAUSE);
  }
}
