import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action } from '../../../src/supervisor/actions.ts';
import { nextWake } from '../../../src/supervisor/deadlines.ts';
import type { Event } from '../../../src/supervisor/events.ts';
import type { Worker } from '../../../src/supervisor/fleet.ts';
import { isAtWork, measureAt } from '../../../src/supervisor/queries.ts';
import { MB, Simulation, signals } from './simulation.ts';

const MAX_WORKERS = 4;

const LEAVING: readonly Worker['state'][] = ['stopping', 'killed'];

/**
 * Something that happens: a request to the whole swarm; every worker doing what it should do next; the outcome of
 * preparing a generation; a deed of the worker in a slot (the one that is being replaced, or the newer one); a
 * measurement in MB; or the passing of time.
 */
type Incident =
  | { request: Event }
  | { settled: true }
  | { prepared: boolean }
  | { slot: number; newer: boolean; deed: keyof typeof DEEDS }
  | { sizes: (number | undefined)[]; rest: number }
  | { milliseconds: number };

const REQUESTS: Event[] = [
  { type: 'stop', by: 'SIGTERM' },
  { type: 'interrupt' },
  { type: 'quiet', by: 'SIGUSR1' },
  { type: 'rollout', by: 'SIGUSR2' },
  { type: 'scale', count: 1 },
  { type: 'scale', count: 2 },
  { type: 'scale', count: MAX_WORKERS },
  { type: 'changed', file: 'jobs.js' },
];

type Deed = { exists: boolean; does: (swarm: Simulation, id: number) => Action[] };

/** What a process can do once it exists, and the outcomes of its start before that. */
const DEEDS = {
  started: {
    exists: false,
    does: (swarm, worker) => swarm.event({ type: 'started', workerId: worker, pid: 1000 + worker }),
  },
  forking: { exists: false, does: (swarm, worker) => swarm.event({ type: 'forking', workerId: worker }) },
  refused: {
    exists: false,
    does: (swarm, worker) => swarm.event({ type: 'start-failed', workerId: worker, reason: 'EAGAIN' }),
  },
  online: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'online' }) },
  ready: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'ready' }) },
  listens: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'listening', on: true }) },
  quiet: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'quiet' }) },
  leaving: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'stopping', limited: true }) },
  retiring: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'stopping', limited: false }) },
  beats: { exists: true, does: (swarm, id) => swarm.tell(id, { type: 'heartbeat', busy: '', delay: 0, active: 0 }) },
  exits: { exists: true, does: (swarm, id) => swarm.exit(id, { code: 0 }) },
  fails: { exists: true, does: (swarm, id) => swarm.exit(id, { code: 1 }) },
  isKilled: { exists: true, does: (swarm, id) => swarm.exit(id, { signal: 'SIGKILL' }) },
} satisfies Record<string, Deed>;

const incident: fc.Arbitrary<Incident> = fc.oneof(
  {
    weight: 22,
    arbitrary: fc.record({
      slot: fc.nat(MAX_WORKERS - 1),
      newer: fc.boolean(),
      deed: fc.constantFrom(...(Object.keys(DEEDS) as (keyof typeof DEEDS)[])),
    }),
  },
  { weight: 2, arbitrary: fc.record({ request: fc.constantFrom(...REQUESTS) }) },
  // Often enough that in many runs a rollout completes.
  { weight: 2, arbitrary: fc.constant({ request: REQUESTS[3] as Event }) },
  { weight: 3, arbitrary: fc.record({ prepared: fc.boolean() }) },
  { weight: 8, arbitrary: fc.constant({ settled: true } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      sizes: fc.array(fc.option(fc.integer({ min: 10, max: 300 }), { nil: undefined }), {
        minLength: MAX_WORKERS + 1,
        maxLength: MAX_WORKERS + 1,
      }),
      rest: fc.nat(200),
    }),
  },
  { weight: 4, arbitrary: fc.record({ milliseconds: fc.nat(40_000) }) },
);

test('the fleet keeps its invariants, whatever happens', () => {
  const policy = fc.record({
    count: fc.integer({ min: 1, max: MAX_WORKERS }),
    hangTimeout: fc.constantFrom(0, 20_000),
    maxMemory: fc.constantFrom(0, 60 * MB, 200 * MB),
    maxAge: fc.constantFrom(0, 0, 5000),
    memory: fc.constantFrom(0, 500 * MB),
    interactive: fc.boolean(),
  });
  fc.assert(
    fc.property(policy, fc.array(incident, { maxLength: 60, size: 'max' }), (settings, incidents) => {
      const swarm = new Simulation(settings);
      swarm.bootsAtOnce = false;
      const watch = new Watch(swarm);
      watch.after(swarm.event({ type: 'boot' }));
      for (const each of incidents) happen(swarm, watch, each);
      if (swarm.fleet.phase === 'booting') prepare(swarm, watch, true);
      if (swarm.fleet.phase === 'running') expectRenewal(swarm, watch);
      if (swarm.fleet.phase === 'running')
        (swarm.fleet.policy.maxAge > 0 ? expectAging : expectRecycling)(swarm, watch);
      finish(swarm, watch);
    }),
    { numRuns: 400 },
  );
}, 120_000);

function happen(swarm: Simulation, watch: Watch, incident: Incident): void {
  if ('milliseconds' in incident) watch.pass(incident.milliseconds);
  else if ('request' in incident) watch.after(swarm.event(incident.request));
  else if ('settled' in incident) settle(swarm, watch);
  else if ('prepared' in incident) prepare(swarm, watch, incident.prepared);
  else if ('sizes' in incident) watch.measured(incident.sizes, incident.rest);
  else {
    const worker = swarm.workers(incident.slot).at(incident.newer ? -1 : 0);
    const { exists, does } = DEEDS[incident.deed];
    if (worker && exists === (worker.pid !== undefined)) watch.after(does(swarm, worker.id));
  }
}

/** Nothing is stuck: whatever happened before, one more signal replaces all workers. */
function expectRenewal(swarm: Simulation, watch: Watch): void {
  watch.after(swarm.event({ type: 'rollout', by: 'SIGUSR2' }));
  // Enough rounds for two rollouts, if one was under way, for each slot, and for the backoff of failed slots.
  for (let rounds = 0; rounds < 30 && !isRenewed(swarm); rounds += 1) {
    prepare(swarm, watch, true);
    settle(swarm, watch);
    watch.pass(10_000);
    watch.measured([], 0);
  }
  // swarm has given up: a worker failed before any was ready.
  if (swarm.fleet.phase !== 'running') return;
  const { generation, newestGeneration, rollout, renewingSince, workers } = swarm.fleet;
  expect({ generation, rollout, renewingSince }, 'the rollout is over').toEqual({ generation: newestGeneration });
  expect(new Set(workers.map((worker) => worker.generation)), 'all are new').toEqual(new Set([newestGeneration]));
  expect(watch.possible, 'all others are retired').toEqual(new Set([newestGeneration]));
}

function isRenewed({ fleet }: Simulation): boolean {
  return fleet.generation === fleet.newestGeneration && fleet.renewingSince === undefined;
}

/** Delivers the outcome of preparing a generation, if one is being prepared, and settles the boot. */
function prepare(swarm: Simulation, watch: Watch, succeeds: boolean): void {
  const generation = watch.preparing;
  const event: Event | undefined =
    generation === undefined
      ? undefined
      : succeeds
        ? { type: 'prepared', generation, preloaded: undefined }
        : { type: 'unprepared', generation, reason: 'preloading it failed', failure: undefined, fault: 'code' };
  if (event) watch.after(swarm.event(event));
  const { phase, policy } = swarm.fleet;
  if (phase === 'booting') watch.after(swarm.event({ type: 'settled', policy, announcement: [] }));
}

/** Nothing is stuck: once everything under way has ended, a worker that leaks is still recycled. */
function expectRecycling(swarm: Simulation, watch: Watch): void {
  const { policy } = swarm.fleet;
  const round = (sizes: number[]) => {
    settle(swarm, watch);
    watch.pass(10_000);
    watch.measured(sizes, 0);
  };
  for (let rounds = 0; rounds < 15; rounds += 1) round([]);
  // swarm has given up: a worker failed before any was ready.
  if (swarm.fleet.phase !== 'running') return;
  const { workers } = swarm.fleet;
  expect(workers.map(({ slot, state }) => `${slot} ${state}`).sort(), 'every slot is filled').toEqual(
    Array.from({ length: policy.count }, (_, slot) => `${slot} ready`),
  );
  round([300]);
  if (policy.maxMemory > 0) {
    expect(swarm.fleet.replacing?.workerId, 'the one that leaks is recycled').toBe(swarm.fleet.workers[0]?.id);
  }
}

/** Nothing is stuck: in the end, every worker has been replaced because of its age. */
function expectAging(swarm: Simulation, watch: Watch): void {
  const { nextId } = swarm.fleet;
  const isOld = ({ id }: { id: number }) => id < nextId;
  for (let rounds = 0; rounds < 40 && swarm.fleet.workers.some(isOld); rounds += 1) {
    settle(swarm, watch);
    watch.pass(10_000);
    watch.measured([], 0);
  }
  // Otherwise swarm has given up: a worker failed before any was ready.
  if (swarm.fleet.phase === 'running')
    expect(swarm.fleet.workers.filter(isOld), 'all old ones are replaced').toEqual([]);
}

/** Makes each worker do what it should do next. */
function settle(swarm: Simulation, watch: Watch): void {
  for (const { id, pid, state } of swarm.fleet.workers) {
    if (pid === undefined) watch.after(swarm.event({ type: 'started', workerId: id, pid: 1000 + id }));
    if (state === 'starting') watch.after(swarm.tell(id, { type: 'ready' }));
    else if (state === 'ready') {
      watch.after(swarm.tell(id, { type: 'listening', on: true }));
      watch.after(swarm.tell(id, { type: 'heartbeat', busy: '', delay: 0, active: 0 }));
    } else watch.after(swarm.exit(id, { code: 0 }));
  }
}

/** Stops the swarm. Even workers that ignore TERM are gone after their deadline. */
function finish(swarm: Simulation, watch: Watch): void {
  watch.after(swarm.event({ type: 'stop', by: 'SIGTERM' }));
  for (const { id, pid } of swarm.fleet.workers) {
    if (pid === undefined) watch.after(swarm.event({ type: 'started', workerId: id, pid: 1000 + id }));
  }
  watch.pass(25_000);
  for (const { id } of swarm.fleet.workers) {
    expect(signals(swarm.actions)).toContainEqual([id, 'SIGKILL']);
    watch.after(swarm.exit(id, { signal: 'SIGKILL' }));
  }
  const told = swarm.entries.filter(({ event, level }) => event === 'worker.recycle' && level === 'warn');
  expect(new Set(told.map(({ fields }) => fields['pid'])).size, 'a recycle is logged once').toBe(told.length);
  expect(swarm.actions.filter(({ type }) => type === 'leave')).toHaveLength(1);
  expect(swarm.fleet.phase).toBe('gone');
  expect(nextWake(swarm.fleet)).toBe(Infinity);
}

/** Checks the invariants after every step. */
class Watch {
  readonly #swarm: Simulation;
  #mayStart = true;
  /** Last measured sizes by worker id, bytes. */
  #sizes: ReadonlyMap<number, number> = new Map();
  #use = 0;
  #least = Infinity;
  /** Workers that were told to stop while the swarm runs. */
  readonly #recycled = new Set<number>();
  /** Generations whose workers can be started. */
  readonly possible = new Set<number>();
  #preparing: number | undefined;
  #left = false;

  constructor(swarm: Simulation) {
    this.#swarm = swarm;
  }

  get preparing(): number | undefined {
    return this.#preparing;
  }

  /** Lets time pass, and checks after each tick. */
  pass(milliseconds: number): void {
    const { actions } = this.#swarm;
    const end = this.#swarm.now + milliseconds;
    for (let isOver = false; !isOver; ) {
      const wake = Math.max(this.#swarm.now, nextWake(this.#swarm.fleet));
      isOver = wake > end;
      const before = actions.length;
      this.#swarm.pass(Math.min(wake, end) - this.#swarm.now);
      this.after(actions.slice(before));
    }
  }

  /** Answers the next measurement, if any, with the size of each worker in order, and of everything else. */
  measured(sizes: readonly (number | undefined)[], rest: number): void {
    const due = measureAt(this.#swarm.fleet);
    if (due < Infinity) this.pass(Math.max(0, due - this.#swarm.now));
    const { workers, memory } = this.#swarm.fleet;
    if (memory.begunAt === undefined) return;
    const known = workers.flatMap(({ id, pid }, position) => {
      const size = sizes[position];
      return pid === undefined || size === undefined ? [] : [[id, size * MB] as const];
    });
    this.#sizes = new Map(known);
    this.#use = known.reduce((sum, [, bytes]) => sum + bytes, rest * MB);
    for (const { id, state, readyAt = Infinity } of workers) {
      if (state === 'ready' && readyAt <= memory.begunAt)
        this.#least = Math.min(this.#least, this.#sizes.get(id) ?? Infinity);
    }
    this.#swarm.now += 1;
    this.after(this.#swarm.event({ type: 'measured', use: this.#use, workers: this.#sizes }));
  }

  after(actions: Action[]): void {
    const { fleet } = this.#swarm;
    for (const action of actions) {
      expect(this.#left, 'no action after leave').toBe(false);
      if (action.type === 'start') {
        expect(this.#mayStart, 'no worker is started after quiet or stop').toBe(true);
        this.#expectPossible(action.generation);
        this.#expectReason(action.slot, action.workerId);
      }
      if (action.type === 'signal' && action.signal === 'SIGTERM') {
        expect(fleet.phase, 'no quiet worker gets TERM').not.toBe('quiet');
        if (fleet.phase === 'running') this.#expectSuccessor(action.workerId);
      }
      if (action.type === 'prepare') {
        expect(this.#mayStart, 'nothing is prepared after quiet or stop').toBe(true);
        expect(this.#preparing, 'one generation at a time is prepared').toBeUndefined();
        expect(this.possible, 'numbers are not reused').not.toContain(action.generation);
        this.#preparing = action.generation;
      }
      if (action.type === 'settle') {
        expect(this.#preparing, 'only the first generation is settled').toBe(1);
        this.possible.add(1);
        this.#preparing = undefined;
      }
      if (action.type === 'retire') this.#retired(action.generation);
      if (action.type === 'leave') {
        expect(fleet.workers, 'all workers are gone before leave').toEqual([]);
        this.#left = true;
      }
    }
    if (fleet.rollout?.stage === 'trying' && this.#preparing === fleet.rollout.generation) {
      this.possible.add(this.#preparing);
      this.#preparing = undefined;
    }
    const { count } = fleet.policy;
    // Workers of removed slots are leaving.
    for (const { slot, state } of fleet.workers) if (slot >= count) expect(LEAVING).toContain(state);
    const slots = fleet.workers.map((worker) => worker.slot).filter((slot) => slot < count);
    const doubled = slots.filter((slot, position) => slots.indexOf(slot) !== position);
    expect(doubled.length, 'one worker per slot, and at most one more in the whole swarm').toBeLessThanOrEqual(1);
    const recycled = fleet.workers
      .filter(({ id, slot }) => this.#recycled.has(id) && slots.includes(slot))
      .map(({ slot }) => slot);
    if (this.#mayStart) expect(new Set([...doubled, ...recycled]).size, 'one slot at a time').toBeLessThanOrEqual(1);
    for (const worker of fleet.workers) {
      const { state, deadline, instructed, sent, pid } = worker;
      if (state === 'starting') expect(deadline, 'a boot has a deadline').toBeLessThan(Infinity);
      if (fleet.phase === 'stopping' && state !== 'killed') {
        expect(deadline, 'a stop has a deadline').toBeLessThanOrEqual(this.#swarm.now + fleet.policy.timeout);
      }
      if (fleet.phase === 'stopping') expect(LEAVING).toContain(state);
      // An instruction is signalled as soon as the process exists.
      if (pid !== undefined && instructed !== 'quiet') expect(sent).toBe(instructed);
    }
    if (fleet.phase === 'running') {
      const taken = new Set(slots);
      for (const [position, { startableAt }] of fleet.slots.entries()) {
        if (position < count && !taken.has(position))
          expect(startableAt, 'an empty slot is in backoff').toBeGreaterThan(this.#swarm.now);
      }
    }
    if (fleet.phase !== 'running' && fleet.phase !== 'booting') this.#mayStart = false;
  }

  #expectPossible(generation: number): void {
    const { rollout } = this.#swarm.fleet;
    // It may have been prepared by the event that led to this start.
    const isNew = rollout?.stage === 'trying' && rollout.generation === generation;
    expect(isNew || this.possible.has(generation), 'its generation is prepared and not retired').toBe(true);
    if (!isNew) return;
    const { first } = rollout;
    // Scaling may have removed the slot of an earlier first worker, and then added it again while that worker leaves.
    const others = this.#swarm.fleet.workers.filter(
      (worker) => worker.generation === generation && worker.id !== first && !LEAVING.includes(worker.state),
    );
    expect(others, 'a new generation is tried with one worker').toEqual([]);
  }

  #retired(generation: number): void {
    const { fleet } = this.#swarm;
    expect(this.possible.has(generation) || this.#preparing === generation, 'retired once').toBe(true);
    expect(generation, 'the current generation is not retired').not.toBe(fleet.generation);
    this.possible.delete(generation);
    if (this.#preparing === generation) this.#preparing = undefined;
  }

  /** A slot gets a second worker only if the first uses too much memory, is too old, or is of an earlier generation. */
  #expectReason(slot: number, starting: number): void {
    const { policy, workers } = this.#swarm.fleet;
    const started = workers.find(({ id }) => id === starting)?.generation ?? 0;
    for (const { id, generation, readyAt = Infinity } of workers.filter(
      (worker) => worker.slot === slot && worker.id !== starting,
    )) {
      const alone = policy.maxMemory > 0 && (this.#sizes.get(id) ?? 0) > policy.maxMemory;
      const together = policy.memory > 0 && this.#use > 0.9 * policy.memory;
      const aged = policy.maxAge > 0 && this.#swarm.now - readyAt >= (3 / 4) * policy.maxAge;
      expect(alone || together || aged || generation < started, 'no replacement without a reason').toBe(true);
    }
  }

  /** A recycle never reduces capacity, unless there is no room for both workers. */
  #expectSuccessor(recycled: number): void {
    const { policy, workers, rollout } = this.#swarm.fleet;
    const slot = workers.find(({ id }) => id === recycled)?.slot;
    // The number of workers was lowered.
    if (slot !== undefined && slot >= policy.count) return;
    this.#recycled.add(recycled);
    // The first worker of a generation stops if it does not listen, even if its predecessor has since exited by itself.
    if (rollout?.first === recycled && workers.some(({ id, failure }) => id === recycled && failure)) return;
    const others = workers.filter((worker) => worker.slot === slot && worker.id !== recycled);
    const isFull = policy.memory > 0 && this.#use + this.#least > policy.memory;
    expect(isFull || others.some((worker) => worker.proven && isAtWork(worker)), 'its successor has come up').toBe(
      true,
    );
  }
}
