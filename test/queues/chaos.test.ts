import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { inheritedEnvironment } from '../support/processes.ts';
import { MODE, NODE } from '../support/swarm.ts';
import { INVARIANTS } from './chaos/verdict.js';

interface Result {
  seed: number;
  incidents: { kind: string }[];
  verdict: { repeated: number; violations: Record<string, string[]> };
  directory?: string;
}

const DRIVER = fileURLToPath(new URL('chaos.js', import.meta.url));

/** What differs between the queues is not how workers come to be: spawned, one is enough. */
const newest = (await queuesOf(NODE)) as string[];
const queues = MODE === 'spawn' ? newest.slice(0, 1) : newest;

// Chaos: what only it has, each once; all else is in the other run.
const CHAOS = ['kill', 'pause', 'stall', 'cut', 'mold', 'orphans', 'server', 'burst'];

describe.each(queues)('%s', (queue) => {
  let chaos: Result;
  let graceful: Result;
  beforeAll(async () => {
    // Both at once: most of the time they wait for locks to expire, and for Nodes to boot.
    [chaos, graceful] = await Promise.all([run(queue), run(queue, '--graceful')]);
  }, 180_000);

  describe('killed, suspended, cut off, and without its server', () => {
    test.each(Object.values(INVARIANTS))('%s', (invariant) => expectKept(chaos, invariant));
  });

  describe('stopped in every graceful way', () => {
    test.each(Object.values(INVARIANTS))('%s', (invariant) => expectKept(graceful, invariant));
  });
});
