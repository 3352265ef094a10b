import { setTimeout as sleep } from 'node:timers/promises';
import { askReadiness, askStatus, NoAnswerError } from '../control/client.ts';
import type { Status } from '../control/status.ts';
import { overview } from './overview.ts';
import { findSwarm, NotRunningError } from './target.ts';

/** Between the two looks that show how busy the processors are, milliseconds. */
const LOOK = 500;

/**
 * `swarm status`: shows the running swarm. As JSON, it is what `GET /status` answers.
 *
 * @throws UserError where no swarm or several run
 */
export async function printStatus({ json, pid }: { json: boolean; pid: number | undefined }): Promise<void> {
  const path = await findSwarm(pid);
  const first = await statusAt(path);
  if (json) {
    console.log(JSON.stringify(first, null, 2));
    return;
  }
  await sleep(LOOK);
  const coloured = process.stdout.isTTY && !process.env['NO_COLOR'];
  console.log(overview(await statusAt(path), first, coloured).join('\n'));
}

/**
 * `swarm status --ready`, for health checks: 0 if as many workers are ready as there should be, else 1.
 *
 * @throws UserError where no swarm or several run
 */
export async function printReadiness(pid: number | undefined): Promise<number> {
  const path = await findSwarm(pid);
  try {
    const { ready, message } = await askReadiness(path);
    console.log(ready ? message : `not ready: ${message}`);
    return ready ? 0 : 1;
  } catch (error) {
    throw asUserError(error, path);
  }
}

/** @throws NotRunningError */
export async function statusAt(path: string): Promise<Status> {
  try {
    return await askStatus(path);
  } catch (error) {
    throw asUserError(error, path);
  }
}

export function asUserError(error: unknown, path: string): unknown {
  return error instanceof NoAnswerError
    ? new NotRunningError(
        `no swarm answers at ${path} (${error.message}): it has stopped, or SWARM_SOCKET names another path.`,
      )
    : error;
}
