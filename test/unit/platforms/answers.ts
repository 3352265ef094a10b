import { Answers } from '../../../src/control/answers.ts';
import type { Supervised } from '../../../src/control/status.ts';

const swarm: Supervised = {
  status: () => ({
    phase: 'running',
    mode: 'fork',
    count: 1,
    ready: 1,
    generation: 1,
    replacing: null,
    rollout: null,
    lastRollout: null,
    workers: [],
  }),
  own: () => [],
  emit: () => {},
};

/** Whether SWARM_LISTEN has this path. */
export async function answers(path: string): Promise<boolean> {
  const all = new Answers(swarm, {
    version: '0.1.0',
    limit: 0,
    host: 'worker.1',
    place: '',
    directory: '/app',
    modules: [],
    events: () => [],
  });
  const { code } = await all.onNetwork({ method: 'GET', path });
  return code !== 404;
}
