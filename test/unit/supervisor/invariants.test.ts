import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Exit } from '../../../src/process/spawner.ts';
import type { Action } from '../../../src/supervisor/actions.ts';
import { nextWake } from '../../../src/supervisor/fleet.ts';
import { Simulation, signals } from './simulation.ts';

const MAX_WORKERS = 4;

/** Something that happens to a swarm: to a slot (whoever is in it), or to all of it, or time that passes. */
type Incident =
  | { kind: 'exit'; slot: number; exit: Exit }
  | { kind: 'started' | 'online' | 'ready' | 'quiet' | 'leaving' | 'retiring' | 'refused'; slot: number }
  | { kind: 'TERM' | 'INT' | 'USR1' | 'USR2' }
  | { kind: 'time'; milliseconds: number };

const slot = fc.nat(MAX_WORKERS - 1);
const exit = fc.constantFrom<Exit>(
  { code: 0, signal: null },
  { code: 1, signal: null },
  { code: null, signal: 'SIGKILL' },
);
const incident: fc.Arbitrary<Incident> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('exit'), slot, exit }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('started', 'online', 'ready', 'quiet', 'leaving', 'retiring', 'refused'),
      slot,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('TERM', 'INT', 'USR1', 'USR2') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time'), milliseconds: fc.nat(90_000) }) },
);

test('whatever happens, the fleet keeps its promises', () => {
  const policy = fc.record({
    count: fc.integer({ min: 1, max: MAX_WORKERS }),
    hangTimeout: fc.constantFrom(0, 20_000),
    interactive: fc.boolean(),
  });
  fc.assert(
    fc.property(policy, fc.array(incident, { maxLength: 60 }), (settings, incidents) => {
      const swarm = new Simulation(settings);
      const watch = new Watch(swarm);
      watch.after(swarm.event({ type: 'boot' }));
      for (const each of incidents) happen(swarm, watch, each);
      finish(swarm, watch);
    }),
    { numRuns: 2000 },
  );
});

function happen(swarm: Simulation, watch: Watch, incident: Incident): void {
  switch (incident.kind) {
    case 'time':
      watch.pass(incident.milliseconds);
      return;
    case 'TERM':
      watch.after(swarm.event({ type: 'stop', signal: 'SIGTERM' }));
      return;
    case 'INT':
      watch.after(swarm.event({ type: 'interrupt' }));
      return;
    case 'USR1':
      watch.after(swarm.event({ type: 'quiet', signal: 'SIGUSR1' }));
      return;
    case 'USR2':
      watch.after(swarm.event({ type: 'reload', signal: 'SIGUSR2' }));
      return;
  }
  const worker = swarm.fleet.workers.find((each) => each.slot === incident.slot);
  if (!worker) return;
  const { id, pid } = worker;
  // A process can only do something once it exists, and can only be refused before.
  if (pid === undefined) {
    if (incident.kind === 'started') watch.after(swarm.event({ type: 'started', worker: id, pid: 1000 + id }));
    if (incident.kind === 'refused') watch.after(swarm.event({ type: 'start-failed', worker: id, reason: 'EAGAIN' }));
    return;
  }
  switch (incident.kind) {
    case 'exit':
      watch.after(swarm.exit(id, incident.exit));
      break;
    case 'online':
    case 'ready':
    case 'quiet':
      watch.after(swarm.tell(id, { type: incident.kind }));
      break;
    case 'leaving':
    case 'retiring':
      watch.after(swarm.tell(id, { type: 'stopping', limited: incident.kind === 'leaving' }));
      break;
  }
}

/** In the end everything is told to stop, and even workers that ignore TERM are gone after their deadline. */
function finish(swarm: Simulation, watch: Watch): void {
  watch.after(swarm.event({ type: 'stop', signal: 'SIGTERM' }));
  for (const { id, pid } of swarm.fleet.workers) {
    if (pid === undefined) watch.after(swarm.event({ type: 'started', worker: id, pid: 1000 + id }));
  }
  watch.pass(25_000);
  for (const { id } of swarm.fleet.workers) {
    expect(signals(swarm.actions)).toContainEqual([id, 'SIGKILL']);
    watch.after(swarm.exit(id, { signal: 'SIGKILL' }));
  }
  expect(swarm.actions.filter(({ type }) => type === 'leave')).toHaveLength(1);
  expect(swarm.fleet.phase).toBe('gone');
  expect(nextWake(swarm.fleet)).toBe(Infinity);
}

/** Checks the invariants after every single step. */
class Watch {
  readonly #swarm: Simulation;
  #mayStart = true;
  #left = false;

  constructor(swarm: Simulation) {
    this.#swarm = swarm;
  }

  pass(milliseconds: number): void {
    const { actions } = this.#swarm;
    const before = actions.length;
    this.#swarm.pass(milliseconds);
    this.after(actions.slice(before));
  }

  after(actions: Action[]): void {
    const { fleet } = this.#swarm;
    for (const action of actions) {
      expect(this.#left, 'nothing is done after it has left').toBe(false);
      if (action.type === 'start') expect(this.#mayStart, 'nobody is started after quiet or stop').toBe(true);
      if (action.type === 'leave') {
        expect(fleet.workers, 'it leaves when all are gone').toEqual([]);
        this.#left = true;
      }
    }
    const slots = fleet.workers.map((worker) => worker.slot);
    expect(new Set(slots).size, 'one worker a slot').toBe(slots.length);
    for (const worker of fleet.workers) {
      const { state, deadline, ordered, sent, pid } = worker;
      if (state === 'starting') expect(deadline, 'a boot has a deadline').toBeLessThan(Infinity);
      if (fleet.phase === 'stopping' && state !== 'killed') {
        expect(deadline, 'a stop has a deadline').toBeLessThanOrEqual(this.#swarm.now + fleet.policy.timeout);
      }
      if (fleet.phase === 'stopping') expect(['stopping', 'killed']).toContain(state);
      // Whatever is owed is sent as soon as there is somebody to send it to.
      if (pid !== undefined && ordered !== 'quiet') expect(sent).toBe(ordered);
    }
    if (fleet.phase === 'running') {
      const taken = new Set(slots);
      for (const [position, { startableAt }] of fleet.slots.entries()) {
        if (!taken.has(position)) expect(startableAt, 'an empty slot is only waiting').toBeGreaterThan(this.#swarm.now);
      }
    }
    if (fleet.phase !== 'running') this.#mayStart = false;
  }
}
