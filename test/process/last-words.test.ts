import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
// Built, because it starts a worker beside itself.
import { ExecSpawner } from '../../dist/process/exec-spawner.js';
import type { GenerationEvent, Order, OrphansEvent, WorkerEvent } from '../../src/process/spawner.ts';
import { fixture } from '../support/swarm.ts';

/** Workers that fail while they are loaded: they say so, and exit. */
const V8_DEFAULTS = { oldSpace: undefined, semiSpace: undefined, growth: undefined };
const [FIRST, LATE, OTHER] = [1, 2, 3];

test('what a worker says before it exits is heard before its exit, also when another exit is being handled', async () => {
  const events: WorkerEvent[] = [];
  const release = { directory: process.cwd(), modules: [fixture('throws.mjs')] };
  const pids = new Map<number, number>();
  const emit = (event: WorkerEvent | OrphansEvent | GenerationEvent): void => {
    if (event.type === 'prepared' || event.type === 'unprepared' || event.type === 'orphans') return;
    events.push(event);
    if (event.type === 'started') pids.set(event.worker, event.pid);
    // The race: while the loop is busy with what it has found, one more worker speaks and exits. It is reaped together
    // with the other one, before its socket is looked at.
    if (event.type === 'message' && event.message.type === 'failed' && event.message.worker === FIRST) {
      spawner.signal(LATE, 'SIGCONT');
      waitUntilZombie(pids.get(LATE));
    }
  };
  const findRelease = async () => release;
  const spawner = new ExecSpawner({
    release,
    findRelease,
    heap: V8_DEFAULTS,
    emit,
    port: undefined,
    native: undefined,
  });
  onTestFinished(() => {
    for (const worker of pids.keys()) spawner.signal(worker, 'SIGKILL');
  });

  for (const worker of [FIRST, LATE, OTHER]) spawner.start(order(worker));
  spawner.signal(LATE, 'SIGSTOP');
  waitUntilZombie(pids.get(FIRST));
  waitUntilZombie(pids.get(OTHER));

  await expect.poll(() => events.filter(({ type }) => type === 'exited').length, { timeout: 30_000 }).toBe(3);
  const aboutLate = events.flatMap((event) => {
    if (event.type === 'message') return event.message.worker === LATE ? [event.message.type] : [];
    return event.worker === LATE ? [event.type] : [];
  });
  expect(aboutLate).toEqual(['started', 'online', 'failed', 'exited']);
});

function order(worker: number): Order {
  return {
    worker,
    slot: worker,
    index: worker,
    count: 3,
    generation: 1,
    mode: 'spawn',
    args: [],
    timeout: 1000,
    heartbeat: 1000,
    supervisor: process.pid,
  };
}

/** Looks without letting the event loop run. */
function waitUntilZombie(pid: number | undefined): void {
  while (!/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
}
