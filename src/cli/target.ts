import { UsageError, UserError } from '../config/errors.ts';
import { findSwarms } from '../control/client.ts';

/** There is nobody to speak to. */
export class NotRunningError extends UserError {
  constructor(message: string) {
    super(message, 1);
  }
}

/**
 * The control socket of the swarm that is meant: that of SWARM_SOCKET, or of `--pid`, or of the only one that this user runs.
 *
 * @throws NotRunningError, UsageError where there are several
 */
export async function findSwarm(pid: number | undefined): Promise<string> {
  const given = process.env['SWARM_SOCKET'];
  if (given && pid === undefined) return given;
  const swarms = await findSwarms();
  const pids = [...swarms.keys()].sort((a, b) => a - b);
  if (pid !== undefined) {
    const path = swarms.get(pid);
    if (path !== undefined) return path;
    const others = pids.length > 0 ? `those of this user have the pids ${pids.join(', ')}` : 'this user runs none here';
    throw new NotRunningError(`there is no swarm with the pid ${pid}: ${others}.`);
  }
  const [first, ...rest] = pids;
  if (first === undefined) {
    throw new NotRunningError(
      'this user runs no swarm here. Where one was started with SWARM_SOCKET, set it to the same path; ' +
        'those of other users and of other dynos or containers cannot be seen.',
    );
  }
  if (rest.length > 0) throw new UsageError(`several swarms are running: choose with --pid (${pids.join(', ')}).`);
  return swarms.get(first) as string;
}
