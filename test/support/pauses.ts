import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { isStopped } from './proc.ts';
import type { Swarm } from './swarm.ts';

/* These sleep for a fixed time, because the pause itself is under test. */

/** Suspends only the supervisor, for `pause` milliseconds. */
export async function suspend(swarm: Swarm, pause: number): Promise<void> {
  swarm.signal('SIGSTOP');
  await swarm.processesAre('a suspended supervisor', () => isStopped(swarm.pid));
  await sleep(pause);
  swarm.signal('SIGCONT');
}

/** Suspends all processes of the swarm for `pause` milliseconds, as in a frozen container. */
export async function freeze(swarm: Swarm, pause: number): Promise<void> {
  const pids = swarm.processes();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await swarm.processesAre('suspended processes', () => pids.every(isStopped));
  await sleep(pause);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
}

/** Stops the swarm, and checks that its complete log has no sign of a lost worker. */
export async function expectNothingLost(swarm: Swarm, pids: readonly (number | undefined)[]): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.events('worker.kill')).toEqual([]);
  expect(swarm.events('worker.hung')).toEqual([]);
  expect(new Set(swarm.events('worker.exit').map(({ pid }) => pid))).toEqual(new Set(pids));
}
