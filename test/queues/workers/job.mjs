// The job of every worker in these tests: it prints its begin and its end, and ends when the test creates a file.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../fixtures/say.mjs';

/** The name of the queue. Each test has its own. */
export const QUEUE = process.env.QUEUE;

/** @param number the number of the job, from 1 */
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
