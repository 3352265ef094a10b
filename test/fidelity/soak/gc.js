import { allocate } from './work.js';

/** V8's threads mark and sweep the mold's heap at the fork. */
export function start({ random }) {
  const graph = [];
  const grow = () => {
    // A large old generation that changes, so that marking is always under way.
    for (let i = 0; i < 20_000; i++) graph[Math.floor(random() * 200_000)] = { i, other: graph[i] };
    allocate(Math.floor(random() * 100_000));
  };
  for (let round = 0; round < 10; round++) grow();
  return { step: grow, child: grow };
}
