import { describe, expect, test } from 'vitest';
import { NO_RESTARTS, type RestartReason, unplannedRestarts } from '../../../src/supervisor/restarts.ts';
import { statusOf } from '../../../src/supervisor/status.ts';
import { MB, Simulation } from './simulation.ts';

const HOUR = 3_600_000;
const KILLED = { signal: 'SIGKILL' } as const;

function rolledOut(swarm: Simulation): void {
  swarm.event({ type: 'rollout', by: 'SIGUSR2' });
  swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
}

/** The life of worker 1, the only one, until it has exited and its slot is filled again. */
const LIVES: [reason: RestartReason, how: string, policy: object, life: (swarm: Simulation) => void][] = [
  ['exited', 'it exits', {}, (swarm) => swarm.exit(1, { code: 0 })],
  ['exited', 'it cannot load', {}, (swarm) => swarm.exit(1, { code: 1 })],
  ['killed', 'another sender kills it', {}, (swarm) => swarm.exit(1, KILLED)],
  ['out_of_memory', 'there is no memory left', {}, (swarm) => swarm.exit(1, { ...KILLED, outOfMemory: true })],
  ['killed', 'it crashes', {}, (swarm) => swarm.exit(1, { signal: 'SIGSEGV' })],
  [
    'heap_limit',
    'V8 runs out of heap',
    {},
    (swarm) => {
      swarm.tell(1, { type: 'heap-limit' });
      swarm.exit(1, { signal: 'SIGABRT' });
    },
  ],
  [
    'hung',
    'its event loop is blocked',
    { hangTimeout: 10_000 },
    (swarm) => {
      swarm.pass(10_000);
      swarm.exit(1, KILLED);
    },
  ],
  [
    'stopped',
    'another sender sends it TERM',
    {},
    (swarm) => {
      swarm.tell(1, { type: 'stopping', limited: true });
      swarm.exit(1);
    },
  ],
  [
    'stopped',
    'another sender sends it TERM, which it does not handle',
    {},
    (swarm) => swarm.exit(1, { signal: 'SIGTERM' }),
  ],
  [
    'timeout',
    'it does not stop in time',
    {},
    (swarm) => {
      swarm.tell(1, { type: 'stopping', limited: true });
      swarm.pass(25_000);
      swarm.exit(1, KILLED);
    },
  ],
  [
    'memory',
    'it uses too much memory',
    { maxMemory: 200 * MB },
    (swarm) => {
      swarm.measure([201]);
      swarm.comeUp(2);
      swarm.exit(1);
    },
  ],
  [
    'memory',
    'it uses too much memory, and there is no room for two',
    { maxMemory: 200 * MB, memory: 300 * MB },
    (swarm) => {
      swarm.measure([150]);
      swarm.measure([201]);
      swarm.exit(1);
    },
  ],
  [
    'age',
    'it has reached SWARM_MAXAGE',
    { maxAge: HOUR },
    (swarm) => {
      while (swarm.workers(0).length < 2) {
        swarm.pass(10_000);
        swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
      }
      swarm.comeUp(2);
      swarm.exit(1);
    },
  ],
  [
    'rollout',
    'there is new code',
    {},
    (swarm) => {
      rolledOut(swarm);
      swarm.comeUp(2);
      swarm.exit(1);
    },
  ],
  [
    'rollout',
    'there is new code, but no room for two',
    { memory: 200 * MB, maxMemory: 500 * MB },
    (swarm) => {
      rolledOut(swarm);
      swarm.measure([150]);
      swarm.exit(1);
    },
  ],
];

describe('a worker is replaced', () => {
  test.each(LIVES)('(%s) because %s', (reason, _how, policy, life) => {
    const swarm = new Simulation({ count: 1, ...policy }).boot();
    life(swarm);
    expect(swarm.fleet.restarts).toEqual({ ...NO_RESTARTS, [reason]: 1 });
    const isPlanned = reason === 'age' || reason === 'rollout';
    const { restarts, workers } = statusOf(swarm.fleet, swarm.now);
    expect(unplannedRestarts(restarts)).toBe(isPlanned ? 0 : 1);
    expect(workers.map((worker) => worker.restarts)).toEqual([isPlanned ? 0 : 1]);
  });

  test('(boot) because it was not ready in time', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.comeUp(2);
    swarm.event({ type: 'started', workerId: 1, pid: 101 });
    swarm.pass(60_000);
    swarm.exit(1, KILLED);
    expect(swarm.fleet.restarts).toEqual({ ...NO_RESTARTS, boot: 1 });
  });

  test('(exited) because it crashes in the middle of a rolling restart', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    rolledOut(swarm);
    swarm.comeUp(3);
    swarm.exit(2, { code: 1 });
    expect(swarm.fleet.restarts).toEqual({ ...NO_RESTARTS, exited: 1 });
  });
});

describe('no worker is replaced', () => {
  test('while the swarm stops', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.event({ type: 'stop', by: 'SIGTERM' });
    swarm.exit(1);
    swarm.exit(2, KILLED);
    expect(swarm.fleet.restarts).toEqual(NO_RESTARTS);
  });

  test('in a removed slot, even if the slot comes back in the meantime', () => {
    const swarm = new Simulation({ count: 3 }).boot();
    swarm.event({ type: 'scale', count: 1 });
    swarm.exit(2);
    swarm.event({ type: 'scale', count: 3 });
    swarm.exit(3);
    expect(swarm.fleet.restarts).toEqual(NO_RESTARTS);
  });

  test('if the replacement does not come up, because the old worker stays', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    rolledOut(swarm);
    swarm.exit(2, { code: 1 });
    expect(swarm.fleet.restarts).toEqual(NO_RESTARTS);
  });
});

test('the counts outlive the slots', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  swarm.exit(2, { code: 1 });
  swarm.event({ type: 'scale', count: 1 });
  swarm.exit(3);
  expect(swarm.fleet.restarts).toEqual({ ...NO_RESTARTS, exited: 1 });
});
