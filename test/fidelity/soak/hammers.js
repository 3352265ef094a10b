import { setTimeout as sleep } from 'node:timers/promises';
import { loadProbe } from '../probe/index.js';

export const needsProbe = true;
/** One arena for all threads. */
export const env = { MALLOC_ARENA_MAX: '1' };

/** Threads that constantly take libc's locks, of malloc and stdio: at the fork, one of them holds some. */
export function start({ random }) {
  const probe = loadProbe();
  const count = probe.startHammers(2);
  const check = async () => {
    for (let number = 0; number < count; number++) {
      const before = probe.hammerBlows(number);
      while (probe.hammerBlows(number) === before) await sleep(1);
    }
  };
  const child = async () => {
    await check();
    probe.stopHammers();
  };
  return { step: () => sleep(random() * 2), child, check, end: () => probe.stopHammers() };
}
