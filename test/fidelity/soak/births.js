import { setTimeout as sleep } from 'node:timers/promises';
import { loadProbe } from '../probe/index.js';

export const needsProbe = true;

/** Threads that only start the next one and exit: at the fork, each chain has a thread that is starting or exiting. */
export function start({ random }) {
  const probe = loadProbe();
  const chains = probe.startBirths(3);
  const check = async () => {
    for (let chain = 0; chain < chains; chain++) {
      const before = probe.births(chain);
      while (probe.births(chain) === before) await sleep(1);
    }
  };
  const child = async () => {
    await check();
    probe.stopBirths();
  };
  return { step: () => sleep(random() * 2), child, check, end: () => probe.stopBirths() };
}
