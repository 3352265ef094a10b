import { setTimeout as sleep } from 'node:timers/promises';
import { list, threads } from '../tasks.js';

/** What a process has of what it must not get more and more of. */
export function measure() {
  return {
    threads: threads('self').length,
    descriptors: list('/proc/self/fd').length,
    bytes: process.memoryUsage.rss(),
  };
}

/** Until what is dying has died: a thread that has been joined may be listed a moment longer. */
export async function measureAtRest(before, patience) {
  const deadline = performance.now() + patience;
  for (;;) {
    const now = measure();
    if (performance.now() > deadline) return now;
    if (now.threads <= before.threads && now.descriptors <= before.descriptors) return now;
    await sleep(5);
  }
}

/** Memory may vary with the garbage of the moment. */
const SLACK = 64 * 1024 ** 2;

/** What has grown: threads and descriptors since before the soak, memory since it was warm. */
export function grown(before, warm, after) {
  const failures = [];
  for (const what of ['threads', 'descriptors']) {
    if (after[what] > before[what]) failures.push(`the mold had ${before[what]} ${what}, and now ${after[what]}`);
  }
  const megabytes = ({ bytes }) => `${Math.round(bytes / 1024 ** 2)} MB`;
  if (after.bytes > 1.5 * warm.bytes + SLACK)
    failures.push(`the mold had ${megabytes(warm)}, and now ${megabytes(after)}`);
  return failures;
}
