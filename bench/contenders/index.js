import { cluster } from './cluster.js';
import { pm2 } from './pm2.js';
import { swarmFork, swarmSpawn } from './swarm.js';
import { throng } from './throng.js';

/** All others are compared with this one. */
export const BASELINE = cluster.name;

/**
 * What is compared. Each has a `name`, a `command(module, count)` that gives Node's arguments, and perhaps an
 * `environment(count, directory)`, where the directory is one for its own files.
 */
export const CONTENDERS = { 'swarm-fork': swarmFork, 'swarm-spawn': swarmSpawn, cluster, throng, pm2 };
