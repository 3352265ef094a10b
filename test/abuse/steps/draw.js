import { setTimeout as sleep } from 'node:timers/promises';

/** Draws a duration in seconds: from almost nothing to longer than the timeouts of the swarm. */
export function duration({ timeouts }, random, longest = 1.5 * Math.max(timeouts.hang, timeouts.boot)) {
  return Math.round(10 * longest * random() ** 2) / 10;
}

export async function during(seconds, begin) {
  await begin();
  await sleep(1000 * seconds);
}

/** Returns a function that finds processes on its first call, and returns the same ones on every call. */
export function targets(instance, random, who) {
  const chance = random();
  let found;
  return () => {
    found ??= find(instance, who, chance);
    return found;
  };
}

function find(instance, who, chance) {
  const { workers, molds } = instance.children;
  const all = {
    supervisor: [instance.pid],
    mold: molds,
    worker: workers.slice(Math.floor(chance * workers.length)).slice(0, 1),
    workers,
    all: [...molds, ...workers, instance.pid],
  };
  return all[who];
}

export function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}
