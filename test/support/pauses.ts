import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { isStopped } from './proc.ts';
import type { Swarm } from './swarm.ts';

/* The pause is what is tested: nothing waits for it. */

/** The supervisor does not run for a while, milliseconds, and the workers do. */
export async function suspend(swarm: Swarm, pause: number): Promise<void> {
  swarm.signal('SIGSTOP');
  await swarm.processesAre('a suspended supervisor', () => isStopped(swarm.pid));
  await sleep(pause);
  swarm.signal('SIGCONT');
}

/** No process of the swarm runs for a while, milliseconds, as in a container that is frozen. */
export async function freeze(swarm: Swarm, pause: number): Promise<void> {
  const pids = swarm.processes();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await swarm.processesAre('suspended processes', () => pids.every(isStopped));
  await sleep(pause);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
}

/** Whatever the supervisor has done after the pause, its log tells when it has stopped. */
export async function expectNothingLost(swarm: Swarm, pids: readonly (number | undefined)[]): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.events('worker.kill')).toEqual([]);
  expect(swarm.events('worker.hung')).toEqual([]);
  expect(new Set(swarm.events('worker.exit').map(({ pid }) => pid))).toEqual(new Set(pids));
}
