import { UsageError, UserError } from '../config/errors.ts';
import { askStatus, findSwarms, NoAnswerError } from '../control/client.ts';
import type { Status } from '../control/status.ts';

/** No swarm answers. */
export class NotRunningError extends UserError {
  constructor(message: string) {
    super(message, 1);
  }
}

/**
 * Finds a control socket: that of the swarm with this pid, else SWARM_SOCKET, else that of this user's only swarm.
 *
 * @throws NotRunningError, UsageError if there are several
 */
export async function findSwarm(pid: number | undefined): Promise<string> {
  const given = process.env['SWARM_SOCKET'];
  if (given && pid === undefined) return given;
  const swarms = await findSwarms();
  const pids = [...swarms.keys()].sort((a, b) => a - b);
  if (pid !== undefined) {
    const path = swarms.get(pid);
    if (path !== undefined) return path;
    const others = pids.length > 0 ? `choose one of these.\n${await listed(swarms)}` : 'this user runs no swarm here.';
    throw new NotRunningError(`there is no swarm with the pid ${pid}: ${others}`);
  }
  const [first, ...rest] = pids;
  if (first === undefined) {
    throw new NotRunningError(
      'this user runs no swarm here. If one was started with SWARM_SOCKET, set that to the same path. ' +
        'Swarms of other users, dynos and containers are not visible from here.',
    );
  }
  if (rest.length > 0)
    throw new UsageError(`several swarms are running: choose one with --pid.\n${await listed(swarms)}`);
  return swarms.get(first) as string;
}

/** Formats swarms as `swarm ls` does. */
async function listed(swarms: ReadonlyMap<number, string>): Promise<string> {
  const { linesOf } = await import('./ls.ts');
  return (await linesOf(swarms.values())).join('\n');
}

/** @throws NotRunningError, also when the signal aborts the request */
export function statusAt(path: string, signal?: AbortSignal): Promise<Status> {
  return answered(path, () => askStatus(path, signal));
}

/** @throws NotRunningError */
export async function answered<Answer>(path: string, ask: (path: string) => Promise<Answer>): Promise<Answer> {
  try {
    return await ask(path);
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
