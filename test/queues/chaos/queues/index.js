import { fileURLToPath } from 'node:url';

/** The libraries in the versions that are in use; some of them need a newer Node than swarm. */
export const QUEUES = {
  bullmq: { define: './bullmq.js', node: 20 },
  bullmq5: { define: './bullmq.js', node: 20 },
  'pg-boss': { define: './pg-boss.js', node: 24 },
  'pg-boss10': { define: './pg-boss.js', node: 20 },
  'graphile-worker': { define: './graphile-worker.js', node: 24 },
  'graphile-worker16': { define: './graphile-worker.js', node: 20 },
};

/** Those that run on this Node. */
export function queuesHere() {
  const [major] = process.versions.node.split('.').map(Number);
  return Object.keys(QUEUES).filter((name) => QUEUES[name].node <= major);
}

/** Those for which there is a program with signal handlers of its own, in jobs/own. */
export const OWN = ['bullmq'];

/**
 * @param {{ own?: boolean }} [options] `own`: the jobs are in a program with signal handlers of its own
 * @returns what the driver has to know of it: see bullmq.js
 */
export async function loadQueue(name, { own = false } = {}) {
  const { define } = await import(QUEUES[name].define);
  return {
    ...define(await import(name)),
    name,
    module: fileURLToPath(new URL(`../jobs/${own ? 'own/' : ''}${name}.js`, import.meta.url)),
  };
}
