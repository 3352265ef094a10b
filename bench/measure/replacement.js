import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds for the supervisor to come to rest before the next worker is killed. */
const PAUSE = 1000;

/**
 * Measures the milliseconds from SIGKILL of a worker until its replacement announces itself, for several workers one
 * after another. None of them is a replacement: swarm delays a slot that fails twice in a row, and this compares first
 * failures.
 */
export async function measureReplacements(session, kills) {
  const times = [];
  for (const pid of session.workers().slice(0, kills)) {
    await sleep(PAUSE);
    const next = session.announced + 1;
    const killedAt = session.killWorker(pid);
    times.push((await session.announcement(next)) - killedAt);
  }
  return times;
}
