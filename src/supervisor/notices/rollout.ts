import type { Exit } from '../../process/spawner.ts';
import { plural, seconds } from '../../text/units.ts';
import type { Requester } from '../events.ts';
import type { Fleet, Rollout, Worker } from '../fleet.ts';
import { inWords, type Notice, notice, requester } from './notice.ts';
import { describeExit } from './notices.ts';

/* Log lines about a rolling restart. */

export function begun(fleet: Fleet, by: Requester, generation: number): Notice {
  const workers = fleet.policy.count === 1 ? 'the worker' : 'the workers';
  const message = `${inWords(by)}: starting generation ${generation} from the current code; it replaces ${workers} once it boots`;
  return notice('info', 'reload', { ...requester(by), generation }, message);
}

export function later({ generation }: Rollout, by: Requester): Notice {
  const message = `${inWords(by)}: generation ${generation} is still starting; the code may have changed again, so another follows`;
  return notice('info', 'reload', requester(by), message);
}

export function inVain(by: Requester): Notice {
  const message = `${inWords(by)}: nothing is replaced, because swarm starts no more workers; restart swarm itself`;
  return notice('warn', 'reload', requester(by), message);
}

export function complete({ generation, policy }: Fleet, took: number): Notice {
  const message = `generation ${generation} is running: ${plural(policy.count, 'worker')} renewed in ${seconds(took)}`;
  return notice('info', 'reload', { generation, workers: policy.count, ms: Math.round(took) }, message);
}

export function failed(fleet: Fleet, { generation, by }: Rollout, reason: string): Notice {
  const stay = fleet.policy.count === 1 ? 'The worker stays as it is' : 'The workers stay as they are';
  const isWatched = typeof by === 'object' && 'file' in by;
  const remedy = isWatched ? 'swarm tries again at the next change' : 'fix this, then restart again';
  const message = `generation ${generation} failed: ${reason}. ${stay}; ${remedy}`;
  return notice('error', 'reload', { generation, error: reason }, message);
}

export function abandoned(generation: number): Notice {
  return notice(
    'info',
    'reload',
    { generation },
    `generation ${generation} is abandoned: swarm starts no more workers`,
  );
}

export function preparedTooLate({ policy }: Fleet): string {
  return `preloading took longer than ${seconds(policy.bootTimeout)} (SWARM_BOOT_TIMEOUT)`;
}

/** Why the first worker of a generation did not come up, as a clause. */
export function whyNotUp({ policy }: Fleet, worker: Worker, exit: Exit): string {
  const { failure, state, readyAt } = worker;
  if (failure !== undefined) return `its first worker ${failure}`;
  // While it starts, swarm kills it for no other reason.
  if (state === 'killed' && readyAt === undefined)
    return `its first worker was not ready within ${seconds(policy.bootTimeout)} (SWARM_BOOT_TIMEOUT)`;
  const when = readyAt === undefined ? '' : ' within a second of being ready';
  return `its first worker ${describeExit(worker, exit, when)}`;
}
