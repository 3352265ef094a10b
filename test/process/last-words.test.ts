import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
// Built, because it starts a worker from a file in dist.
import { ExecSpawner } from '../../dist/process/exec-spawner.js';
import { Releases } from '../../dist/process/release.js';
import type { GenerationEvent, OrphansEvent, WorkerEvent } from '../../src/process/spawner.ts';
import type { Common, Order } from '../../src/protocol/assignment.ts';
import { fixture } from '../support/swarm.ts';

const V8_DEFAULTS = { oldSpace: undefined, semiSpace: undefined, growth: undefined };
/** Workers that fail to load their module, report that, and exit. */
const [FIRST, LATE, OTHER] = [1, 2, 3];

test('the last message of a worker is handled before its exit, even if the exit of another is being handled', async () => {
  const events: WorkerEvent[] = [];
  const release = { directory: process.cwd(), modules: [fixture('throws.mjs')] };
  const pids = new Map<number, number>();
  const emit = (event: WorkerEvent | OrphansEvent | GenerationEvent): void => {
    if (event.type === 'prepared' || event.type === 'unprepared' || event.type === 'orphans') return;
    events.push(event);
    if (event.type === 'started') pids.set(event.workerId, event.pid);
    // The race: while the supervisor handles what it found, one more worker sends a message and exits. It is reaped
    // together with the other one, before its socket is polled.
    if (event.type === 'message' && event.message.type === 'failed' && event.message.workerId === FIRST) {
      spawner.signal(LATE, 'SIGCONT');
      waitUntilZombie(pids.get(LATE));
    }
  };
  const releases = new Releases(async () => release);
  await releases.find(1);
  const spawner = new ExecSpawner({
    common: COMMON,
    releases,
    heap: V8_DEFAULTS,
    emit,
    port: undefined,
    descriptors: Infinity,
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
    if (event.type === 'message') return event.message.workerId === LATE ? [event.message.type] : [];
    return event.workerId === LATE ? [event.type] : [];
  });
  expect(aboutLate).toEqual(['started', 'online', 'failed', 'exited']);
});

const COMMON: Common = {
  mode: 'spawn',
  args: [],
  timeout: 1000,
  heartbeat: 1000,
  supervisor: process.pid,
  frugal: false,
};

function order(workerId: number): Order {
  return { workerId, slot: workerId, index: workerId, count: 3, generation: 1 };
}

/** Busy-waits, so that the event loop does not turn. */
function waitUntilZombie(pid: number | undefined): void {
  while (!/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
}
