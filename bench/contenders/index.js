import { cluster } from './cluster.js';
import { pm2 } from './pm2.js';
import { swarmFork, swarmForkApp, swarmForkWarm, swarmSpawn } from './swarm.js';
import { threads } from './threads.js';
import { throng } from './throng.js';

/** The contender with which all others are compared. */
export const BASELINE = cluster.name;

/**
 * The contenders. Each has a `name`, a `command(count)` that returns Node's arguments, and optionally an
 * `environment(count, directory)`, with a directory for its files. They run in the directory of the bench.
 * `workersArePids: false`: its workers are not processes.
 */
export const CONTENDERS = {
  'swarm-fork': swarmFork,
  'swarm-fork-app': swarmForkApp,
  'swarm-fork-warm': swarmForkWarm,
  'swarm-spawn': swarmSpawn,
  cluster,
  threads,
  throng,
  pm2,
};
