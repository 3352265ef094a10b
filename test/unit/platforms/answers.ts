import { Answers } from '../../../src/control/answers.ts';
import type { Supervised } from '../../../src/control/status.ts';
import { STATUS } from '../../support/status.ts';

const swarm: Supervised = {
  status: () => ({ ...STATUS, workers: [] }),
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
