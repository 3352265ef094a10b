import { allocate } from './work.js';

/** At the fork, V8's threads are marking and sweeping the mold's heap. */
export function start({ random }) {
  const graph = [];
  const grow = () => {
    // A large old generation that keeps changing, so that marking never stops.
    for (let i = 0; i < 20_000; i++) graph[Math.floor(random() * 200_000)] = { i, other: graph[i] };
    allocate(Math.floor(random() * 100_000));
  };
  for (let round = 0; round < 10; round++) grow();
  return { step: grow, child: grow };
}
