import { fileURLToPath } from 'node:url';

const SWARM = fileURLToPath(new URL('../../bin/swarm', import.meta.url));
const MODULE = './app/jobs.js';
const WARM_MODULE = './app/warm.js';

/** The built swarm of this repository, with its defaults. */
function swarm(name, variables, module = MODULE) {
  return {
    name,
    command: () => [SWARM, '-r', module],
    environment: (count) => ({ SWARM_COUNT: count, SWARM_LOG_FORMAT: 'json', ...variables }),
  };
}

export const swarmFork = swarm('swarm, fork', { SWARM_MODE: 'fork' });
/** Also loads the job module before the fork, and calls its function after the fork. */
export const swarmForkApp = swarm('swarm, fork + app', { SWARM_MODE: 'fork', SWARM_PRELOAD_APP: '1' });
/** Also compiles its code before the fork. */
export const swarmForkWarm = swarm(
  'swarm, fork + app + warm-up',
  { SWARM_MODE: 'fork', SWARM_PRELOAD_APP: '1' },
  WARM_MODULE,
);
export const swarmSpawn = swarm('swarm, spawn', { SWARM_MODE: 'spawn' });
