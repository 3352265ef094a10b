import { fileURLToPath } from 'node:url';

/** The libraries, in the versions in common use. Some need a newer Node than swarm. */
export const QUEUES = {
  bullmq: { define: './bullmq.js', node: 20 },
  bullmq5: { define: './bullmq.js', node: 20 },
  'pg-boss': { define: './pg-boss.js', node: 24 },
  'pg-boss10': { define: './pg-boss.js', node: 20 },
  'graphile-worker': { define: './graphile-worker.js', node: 24 },
  'graphile-worker16': { define: './graphile-worker.js', node: 20 },
};

/** The queues that run on this Node. */
export function queuesHere() {
  const [major] = process.versions.node.split('.').map(Number);
  return Object.keys(QUEUES).filter((name) => QUEUES[name].node <= major);
}

/** The queues for which jobs/own has a program with its own signal handlers. */
export const OWN = ['bullmq'];

/**
 * @param {{ own?: boolean }} [options] `own`: the jobs run in a program with its own signal handlers
 * @returns the interface for the driver: see bullmq.js
 */
export async function loadQueue(name, { own = false } = {}) {
  const { define } = await import(QUEUES[name].define);
  return {
    ...define(await import(name)),
    name,
    module: fileURLToPath(new URL(`../jobs/${own ? 'own/' : ''}${name}.js`, import.meta.url)),
  };
}
