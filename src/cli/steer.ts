import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationError } from '../config/errors.ts';
import { askSummary, order, orderScale, RefusedError } from '../control/client.ts';
import { isAnswered } from '../control/socket.ts';
import type { Summary } from '../control/status.ts';
import { startsWorkers } from '../supervisor/queries.ts';
import { plural } from '../text/units.ts';
import { answered, asUserError, findSwarm } from './target.ts';

/** Interval of the checks whether an order has been carried out, in milliseconds. */
const LOOK = 100;

/**
 * Implements `swarm quiet`, `swarm stop` and `swarm restart`: gives the order to the running swarm, waits, and prints
 * the result.
 *
 * @throws UserError if no swarm or several swarms run, or if a restart fails
 */
export async function steer(what: 'quiet' | 'stop' | 'restart', pid: number | undefined): Promise<void> {
  const path = await findSwarm(pid);
  const before = await answered(path, askSummary);
  if (what === 'restart' && !startsWorkers(before)) throw startsNone(before);
  try {
    await order(path, what);
  } catch (error) {
    throw asUserError(error, path);
  }
  console.log(await RESULTS[what](path, before));
}

/**
 * Implements `swarm scale`: changes the number of workers of the running swarm. Waits until new workers are ready and
 * removed ones have exited.
 *
 * @param count `4`, `+2` or `-1`
 * @throws UserError if no swarm or several swarms run, or if the swarm refuses
 */
export async function scale(count: string, pid: number | undefined): Promise<void> {
  const path = await findSwarm(pid);
  const before = (await answered(path, askSummary)).count;
  let wanted: number;
  try {
    wanted = await orderScale(path, count);
  } catch (error) {
    if (error instanceof RefusedError) throw new ApplicationError(`${error.message}.`);
    throw asUserError(error, path);
  }
  let status = await answered(path, askSummary);
  for (; !isScaled(status, before, wanted); status = await answered(path, askSummary)) {
    if (status.phase !== 'running') throw startsNone(status);
    const failed = status.workers.find(({ slot, state }) => slot >= before && state === 'waiting');
    if (failed)
      throw new ApplicationError(`worker ${failed.slot} does not come up, and swarm tries again: the log says why.`);
    await sleep(LOOK);
  }
  console.log(`The swarm (pid ${status.pid}) has ${plural(wanted, 'worker')} instead of ${before}.`);
}

/**
 * Whether new workers are ready and removed ones have exited. The state of the others does not matter.
 *
 * @throws ApplicationError if the wanted number of workers has changed again
 */
function isScaled({ pid, phase, count, workers }: Summary, before: number, wanted: number): boolean {
  if (phase === 'running' && count !== wanted)
    throw new ApplicationError(
      `the swarm (pid ${pid}) is set to ${plural(count, 'worker')}, not ${wanted}: another command changed the ` +
        'number, or the swarm cannot run that many, and its log says why.',
    );
  const added = workers.filter(({ slot, state }) => slot >= before && slot < wanted && state === 'ready');
  return added.length >= wanted - before && workers.every(({ slot }) => slot < wanted);
}

const RESULTS: Record<'quiet' | 'stop' | 'restart', (path: string, before: Summary) => Promise<string>> = {
  async quiet(_, { pid, workers }) {
    return `The swarm (pid ${pid}) takes no new work. Still running: ${plural(workers.length, 'worker')}.`;
  },
  async stop(path, { pid }) {
    while (await isAnswered(path)) await sleep(LOOK);
    return `The swarm (pid ${pid}) has stopped.`;
  },
  async restart(path, before) {
    let status = await answered(path, askSummary);
    for (; status.rollout && startsWorkers(status); status = await answered(path, askSummary)) await sleep(LOOK);
    const { pid, lastRollout, count } = status;
    // The swarm was quieted or stopped before the restart began.
    if (!lastRollout || lastRollout.generation === before.lastRollout?.generation) throw startsNone(status);
    const generation = `generation ${lastRollout.generation}`;
    if (lastRollout.error === null)
      return `The swarm (pid ${pid}) runs ${generation}: ${plural(count, 'worker')} renewed.`;
    throw new ApplicationError(`${generation} failed: ${lastRollout.error}. The old workers stay.`);
  },
};

function startsNone({ pid, phase }: Summary): ApplicationError {
  return new ApplicationError(`the swarm (pid ${pid}) is ${phase}: it starts no more workers. Restart swarm itself.`);
}
