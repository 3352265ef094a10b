import { setTimeout as sleep } from 'node:timers/promises';
import { list, threads } from '../tasks.js';

/** Counts the resources of this process that must not grow. */
export function measure() {
  return {
    threads: threads('self').length,
    descriptors: list('/proc/self/fd').length,
    bytes: process.memoryUsage.rss(),
  };
}

/** Waits for exiting threads first: a thread that was joined may stay listed for a moment. */
export async function measureAtRest(before, patience) {
  const deadline = performance.now() + patience;
  for (;;) {
    const now = measure();
    if (performance.now() > deadline) return now;
    if (now.threads <= before.threads && now.descriptors <= before.descriptors) return now;
    await sleep(5);
  }
}

/** Tolerance for garbage, in bytes. */
const SLACK = 64 * 1024 ** 2;

/** Reports growth: of threads and descriptors since before the soak, of memory since it was warm. */
export function grown(before, warm, after) {
  const failures = [];
  for (const what of ['threads', 'descriptors']) {
    if (after[what] > before[what]) failures.push(`the mold had ${before[what]} ${what}, now ${after[what]}`);
  }
  const megabytes = ({ bytes }) => `${Math.round(bytes / 1024 ** 2)} MB`;
  if (after.bytes > 1.5 * warm.bytes + SLACK) failures.push(`the mold had ${megabytes(warm)}, now ${megabytes(after)}`);
  return failures;
}
