import { setTimeout as sleep } from 'node:timers/promises';
import { askReadiness } from '../control/client.ts';
import { overview } from './overview.ts';
import { answered, findSwarm, statusAt } from './target.ts';

/** Time between the two samples that measure CPU shares, in milliseconds. */
const LOOK = 500;

/**
 * Implements `swarm status`: prints the running swarm. The JSON is that of `GET /status`.
 *
 * @throws UserError if no swarm or several swarms run
 */
export async function printStatus({ json, pid }: { json: boolean; pid: number | undefined }): Promise<void> {
  const path = await findSwarm(pid);
  const first = await statusAt(path);
  if (json) {
    console.log(JSON.stringify(first, null, 2));
    return;
  }
  await sleep(LOOK);
  const colored = process.stdout.isTTY && !process.env['NO_COLOR'];
  console.log(overview(await statusAt(path), first, colored).join('\n'));
}

/**
 * Implements `swarm status --ready`, for health checks. Returns 0 if all wanted workers are ready, else 1.
 *
 * @throws UserError if no swarm or several swarms run
 */
export async function printReadiness(pid: number | undefined): Promise<number> {
  const path = await findSwarm(pid);
  const { ready, message } = await answered(path, askReadiness);
  console.log(ready ? message : `not ready: ${message}`);
  return ready ? 0 : 1;
}
