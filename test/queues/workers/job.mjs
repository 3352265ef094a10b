// What every worker of these tests does with a job: it says so, and ends it when the test says so, by a file.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../fixtures/say.mjs';

/** The name of the queue: each test has its own. */
export const QUEUE = process.env.QUEUE;

/** @param number of the job, from 1 */
export async function work(number) {
  say('begin', number);
  while (!(await exists(join(process.env.RELEASED, String(number))))) await sleep(10);
  say('done', number);
}

async function exists(path) {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
