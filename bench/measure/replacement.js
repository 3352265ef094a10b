import { setTimeout as sleep } from 'node:timers/promises';

/** For the supervisor to come to rest before the next worker is killed. Milliseconds. */
const PAUSE = 1000;

/**
 * Milliseconds from the SIGKILL of a worker until its replacement has announced itself, for several workers one after the
 * other. Each of them is of the first generation: swarm lets a slot wait when it has failed twice in a row, and what is
 * compared is the first time.
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
