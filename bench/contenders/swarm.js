import { fileURLToPath } from 'node:url';

const SWARM = fileURLToPath(new URL('../../bin/swarm', import.meta.url));

/** The built swarm of this repository, with its defaults. */
function swarm(mode) {
  return {
    name: `swarm, ${mode}`,
    command: (module) => [SWARM, '-r', module],
    environment: (count) => ({ SWARM_MODE: mode, SWARM_COUNT: String(count), SWARM_LOG_FORMAT: 'json' }),
  };
}

export const swarmFork = swarm('fork');
export const swarmSpawn = swarm('spawn');
