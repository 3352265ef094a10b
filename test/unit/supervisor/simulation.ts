import type { Entry } from '../../../src/log/logger.ts';
import type { Exit, Orphan } from '../../../src/process/spawner.ts';
import type { WorkerMessage } from '../../../src/protocol/messages.ts';
import type { Action } from '../../../src/supervisor/actions.ts';
import { nextWake } from '../../../src/supervisor/deadlines.ts';
import type { Event } from '../../../src/supervisor/events.ts';
import { type Fleet, newFleet, type Policy, type Worker } from '../../../src/supervisor/fleet.ts';
import { measureAt } from '../../../src/supervisor/queries.ts';
import { step } from '../../../src/supervisor/step.ts';

export const POLICY: Policy = {
  mode: 'spawn',
  count: 3,
  index: 0,
  timeout: 25_000,
  bootTimeout: 60_000,
  hangTimeout: 0,
  heartbeat: 5000,
  maxMemory: 0,
  maxAge: 0,
  memory: 0,
  memoryInterval: 10_000,
  interactive: false,
  argumentsSeparated: true,
};

export const MB = 1024 ** 2;

type Body = WorkerMessage extends infer Message ? (Message extends unknown ? Omit<Message, 'workerId'> : never) : never;

/** The core, with a clock that the test controls. Records the actions that a supervisor would perform. */
export class Simulation {
  fleet: Fleet;
  now = 1000;
  readonly actions: Action[] = [];
  /** Processes that workers left behind. A search finds them immediately. */
  orphans: Orphan[] = [];
  /** Whether the boot succeeds immediately, with an unchanged policy. */
  bootsAtOnce = true;

  constructor(policy: Partial<Policy> = {}) {
    this.fleet = newFleet({ ...POLICY, ...policy });
  }

  /** Handles an event. Returns the actions that it led to. */
  event(event: Event): Action[] {
    const { fleet, actions } = step(this.fleet, event, this.now, 0);
    this.fleet = fleet;
    this.actions.push(...actions);
    return [...actions, ...actions.flatMap((action) => this.#answer(action))];
  }

  #answer(action: Action): Action[] {
    if (action.type === 'find-orphans') return this.event({ type: 'orphans', orphans: [...this.orphans] });
    if (action.type === 'resize') {
      const policy = { ...this.fleet.policy, count: action.count };
      return this.event({ type: 'resized', policy, announcement: [] });
    }
    if (!this.bootsAtOnce || this.fleet.phase !== 'booting') return [];
    if (action.type === 'settle') return this.event({ type: 'settled', policy: this.fleet.policy, announcement: [] });
    if (action.type !== 'prepare') return [];
    return this.event({ type: 'prepared', generation: action.generation, preloaded: undefined });
  }

  /** Lets time pass, with a tick at each instant that the core asks for. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    let ticks = 0;
    for (let wake = nextWake(this.fleet); wake <= end; wake = nextWake(this.fleet)) {
      ticks += 1;
      if (ticks > 10_000) throw new Error('the core keeps asking to be woken, but does nothing');
      this.now = Math.max(this.now, wake);
      this.event({ type: 'tick' });
    }
    this.now = end;
  }

  /** Boots. Every worker comes up and has just sent a heartbeat. */
  boot(): this {
    this.event({ type: 'boot' });
    for (const { id } of this.fleet.workers) this.becomeReady(id);
    this.pass(1000);
    for (const { id } of this.fleet.workers) this.tell(id, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    return this;
  }

  becomeReady(worker: number): void {
    this.event({ type: 'started', workerId: worker, pid: 100 + worker });
    this.tell(worker, { type: 'online' });
    this.tell(worker, { type: 'ready' });
  }

  /** Makes a worker ready, and lets a second pass. */
  comeUp(worker: number): void {
    this.becomeReady(worker);
    this.pass(1000);
  }

  tell(worker: number, body: Body): Action[] {
    return this.event({ type: 'message', message: { ...body, workerId: worker } as WorkerMessage });
  }

  /**
   * Lets time pass until memory is measured, and answers in MB: with the use of the worker in each slot, and the use of
   * the whole swarm if that is not just their sum.
   */
  measure(sizes: readonly (number | undefined)[], use?: number): Action[] {
    if (this.fleet.memory.begunAt === undefined) this.pass(Math.max(0, measureAt(this.fleet) - this.now));
    this.now += 1;
    const known = this.fleet.workers.flatMap(({ id, slot }) => {
      const size = sizes[slot];
      return size === undefined ? [] : [[id, size * MB] as const];
    });
    const sum = known.reduce((total, [, bytes]) => total + bytes, 0);
    const workers = new Map(known);
    return this.event({ type: 'measured', use: use === undefined ? sum : use * MB, workers });
  }

  exit(worker: number, exit: Partial<Exit> = { code: 0 }): Action[] {
    return this.event({ type: 'exited', workerId: worker, exit: { code: null, signal: null, ...exit } });
  }

  /** The worker in a slot; if there are two, the one that is being replaced. */
  worker(slot: number): Worker {
    const [found] = this.workers(slot);
    if (!found) throw new Error(`slot ${slot} is empty`);
    return found;
  }

  workers(slot: number): Worker[] {
    return this.fleet.workers.filter((worker) => worker.slot === slot);
  }

  get entries(): Entry[] {
    return this.actions.flatMap((action) => (action.type === 'log' ? [action.entry] : []));
  }
}

export function started(actions: Action[]): number[] {
  return actions.flatMap((action) => (action.type === 'start' ? [action.slot] : []));
}

/** Signals that tell a worker what to do; see questions(). */
export function signals(actions: Action[]): [worker: number, signal: string][] {
  return sent(actions).filter(([, signal]) => signal !== 'SIGTTIN');
}

/** Workers that are asked for a snapshot. */
export function questions(actions: Action[]): number[] {
  return sent(actions).flatMap(([worker, signal]) => (signal === 'SIGTTIN' ? worker : []));
}

function sent(actions: Action[]): [worker: number, signal: string][] {
  return actions.flatMap((action) => (action.type === 'signal' ? [[action.workerId, action.signal]] : []));
}

export function left(actions: Action[]): number | undefined {
  return actions.find((action) => action.type === 'leave')?.status;
}
