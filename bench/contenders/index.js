import { cluster } from './cluster.js';
import { pm2 } from './pm2.js';
import { swarmFork, swarmForkApp, swarmForkWarm, swarmSpawn } from './swarm.js';
import { threads } from './threads.js';
import { throng } from './throng.js';

/** All others are compared with this one. */
export const BASELINE = cluster.name;

/**
 * What is compared. Each has a `name`, a `command(count)` that gives Node's arguments, and perhaps an
 * `environment(count, directory)`, where the directory is one for its own files. They run in the directory of the bench.
 * `workersArePids: false`: its workers are no processes.
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
