import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { inheritedEnvironment } from '../support/processes.ts';
import { MODE, NODE } from '../support/swarm.ts';
import { INVARIANTS } from './chaos/verdict.js';
import { isNode } from './queue.ts';

interface Result {
  seed: number;
  incidents: { kind: string }[];
  verdict: { violations: Record<string, string[]> };
  directory?: string;
}

const DRIVER = fileURLToPath(new URL('chaos.js', import.meta.url));

const QUEUES = ['bullmq', isNode(24) ? 'pg-boss' : 'pg-boss10', isNode(24) ? 'graphile-worker' : 'graphile-worker16'];
/** The queues do not depend on how workers are made, so one is enough in spawn mode. */
const queues = MODE === 'spawn' ? QUEUES.slice(0, 1) : QUEUES;

/** The incidents without warning. The graceful run has the others. */
const CHAOS = ['kill', 'pause', 'stall', 'cut', 'mold', 'orphans', 'server'];
const ABSENT: Record<string, string[]> = {
  spawn: ['mold'],
  'graphile-worker': ['stall'],
  'graphile-worker16': ['stall'],
};

describe.each(queues)('%s', (queue) => {
  const runs = has(queue === 'bullmq' ? 'Redis' : 'PostgreSQL', 'queues in chaos');
  let results: { chaos: Result; graceful: Result };
  beforeAll(async () => {
    if (!runs) return;
    const absent = [...(ABSENT[MODE] ?? []), ...(ABSENT[queue] ?? [])];
    const kinds = CHAOS.filter((kind) => !absent.includes(kind));
    // In parallel, because they mostly wait for locks to expire and for Node to boot.
    const [chaos, graceful] = await Promise.all([
      run(queue, '--kinds', kinds.join(), '--incidents', String(kinds.length)),
      run(queue, '--graceful', '--incidents', '9'),
    ]);
    results = { chaos, graceful };
  }, 180_000);

  describe.runIf(runs).each<['chaos' | 'graceful', string]>([
    ['chaos', 'killed, suspended, cut off, and without its server'],
    ['graceful', 'stopped and recycled in every graceful way'],
  ])('%s: %s', (way) => {
    test.each(Object.values(INVARIANTS))('%s', (invariant) => {
      const { seed, directory, verdict } = results[way];
      const violations = verdict.violations[invariant];
      expect(violations, `seed ${seed}${directory === undefined ? '' : `; the ledger is in ${directory}`}`).toEqual([]);
    });
  });
});

async function run(queue: string, ...args: string[]): Promise<Result> {
  const jobs = [
    '--queue',
    queue,
    '--mode',
    MODE === 'spawn' ? 'spawn' : 'fork',
    '--jobs',
    '800',
    '--lock',
    '6',
    '--longest',
    '100',
  ];
  const options = { env: inheritedEnvironment(), maxBuffer: Number.POSITIVE_INFINITY };
  return new Promise((resolve, reject) => {
    execFile(NODE, [DRIVER, ...jobs, ...args, '--json'], options, (error, stdout, stderr) => {
      if (stdout) resolve(JSON.parse(stdout));
      else reject(error ?? new Error(`chaos.js printed nothing but ${stderr}`));
    });
  });
}
