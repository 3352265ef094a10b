import { join } from 'node:path';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { freePort, Load } from '../support/web.ts';

/** A swarm for Prometheus to scrape: two workers with a web server that clients keep busy. */
export interface Watched {
  swarm: Swarm;
  /** The port of SWARM_LISTEN. */
  port: number;
}

export async function watched(env: NodeJS.ProcessEnv = {}): Promise<Watched> {
  const [port, PORT] = [await freePort(), await freePort()];
  const SWARM_SOCKET = join(await temporaryDirectory(), 'socket');
  const swarm = new Swarm(['-r', './web.mjs'], {
    env: { COUNT: '2', PORT: String(PORT), SWARM_LISTEN: String(port), SWARM_SOCKET, SWARM_MEMORY_MB: '1024', ...env },
  });
  await swarm.event('worker.ready', 2);
  new Load(PORT, { clients: 2, keepAlive: false });
  return { swarm, port };
}
