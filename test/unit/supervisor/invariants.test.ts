import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action } from '../../../src/supervisor/actions.ts';
import type { Event } from '../../../src/supervisor/events.ts';
import { nextWake } from '../../../src/supervisor/fleet.ts';
import { Simulation, signals } from './simulation.ts';

const MAX_WORKERS = 4;

/** Something that happens: to the whole swarm, to whoever is in a slot, or time that passes. */
type Incident = { request: Event } | { slot: number; deed: keyof typeof DEEDS } | { milliseconds: number };

const REQUESTS: Event[] = [
  { type: 'stop', signal: 'SIGTERM' },
  { type: 'interrupt' },
  { type: 'quiet', signal: 'SIGUSR1' },
  { type: 'reload', signal: 'SIGUSR2' },
];

type Deed = { exists: boolean; does: (swarm: Simulation, id: number) => Action[] };

/** What a process can do once it exists, and what becomes of its start before. */
const DEEDS = {
  started: { exists: false, does: (swarm, worker) => swarm.event({ type: 'started', worker, pid: 1000 + worker }) },
  refused: { exists: false, does: (swarm, worker) => swarm.event({ type: 'start-failed', worker, reason: 'EAGAIN' }) },
  online: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'online' }) },
  ready: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'ready' }) },
  quiet: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'quiet' }) },
  leaving: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'stopping', limited: true }) },
  retiring: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'stopping', limited: false }) },
  beats: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'heartbeat', busy: '' }) },
  exits: { exists: true, does: (swarm, id) => swarm.exit(id, { code: 0 }) },
  fails: { exists: true, does: (swarm, id) => swarm.exit(id, { code: 1 }) },
  isKilled: { exists: true, does: (swarm, id) => swarm.exit(id, { signal: 'SIGKILL' }) },
} satisfies Record<string, Deed>;

const incident: fc.Arbitrary<Incident> = fc.oneof(
  {
    weight: 11,
    arbitrary: fc.record({
      slot: fc.nat(MAX_WORKERS - 1),
      deed: fc.constantFrom(...(Object.keys(DEEDS) as (keyof typeof DEEDS)[])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ request: fc.constantFrom(...REQUESTS) }) },
  { weight: 3, arbitrary: fc.record({ milliseconds: fc.nat(90_000) }) },
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
    { numRuns: 500 },
  );
});

function happen(swarm: Simulation, watch: Watch, incident: Incident): void {
  if ('milliseconds' in incident) watch.pass(incident.milliseconds);
  else if ('request' in incident) watch.after(swarm.event(incident.request));
  else {
    const worker = swarm.fleet.workers.find(({ slot }) => slot === incident.slot);
    const { exists, does } = DEEDS[incident.deed];
    if (worker && exists === (worker.pid !== undefined)) watch.after(does(swarm, worker.id));
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
