import type { Entry, Logger } from '../log/logger.ts';
import type { Clock } from '../process/clock.ts';
import type { Spawner } from '../process/spawner.ts';
import type { Order } from '../protocol/assignment.ts';
import type { Failure } from '../protocol/messages.ts';
import type { Action } from './actions.ts';
import { nextWake, pulseOf } from './deadlines.ts';
import type { Event, FirstAttempt } from './events.ts';
import { type Fleet, newFleet, type Policy } from './fleet.ts';
import type { Meter, OomKiller } from './memory.ts';
import { indexOf, startsWorkers } from './queries.ts';
import { type FleetStatus, statusOf } from './status.ts';
import { step } from './step.ts';

export interface SupervisorOptions {
  /** Not final: settle() can change it. */
  policy: Policy;
  /** Its events must go to emit(). */
  spawner: Spawner;
  /**
   * Settles mode and count once the first generation is prepared or has failed. Rejects if the swarm cannot run; run()
   * then rejects with the same error.
   */
  settle: (attempt: FirstAttempt) => Promise<Settled>;
  /** Sizes the swarm for another number of workers. */
  resize: (count: number) => Resized;
  clock: Clock;
  meter: Meter;
  oomKiller: OomKiller;
  logger: Logger;
  /** Shows the application's own error. */
  report: (failure: Failure) => void;
  /** Called with the fleet after each change, once everything that follows from an event is done. */
  observe?: ((fleet: Fleet) => void) | undefined;
}

/** The final spawner and policy, and the log lines that announce them. */
export interface Settled {
  spawner: Spawner;
  policy: Policy;
  announcement: readonly Entry[];
}

/** The policy for a new number of workers; undefined if that number is impossible. */
export interface Resized {
  policy: Policy | undefined;
  announcement: readonly Entry[];
}

/** The one loop: the core turns fleet and event into the next fleet and actions, and this class performs these. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #queue: Event[] = [];
  #fleet: Fleet;
  #spawner: Spawner;
  #looping = false;
  #leave!: (status: 0 | 1) => void;
  #refuse!: (error: unknown) => void;
  readonly #left = new Promise<0 | 1>((resolve, reject) => {
    this.#leave = resolve;
    this.#refuse = reject;
  });

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#fleet = newFleet(options.policy);
    this.#spawner = options.spawner;
  }

  /**
   * Boots, unless a signal came first. Resolves to the exit status when no worker is left; rejects if settle() does.
   * Must be followed by close().
   */
  run(): Promise<0 | 1> {
    this.emit({ type: 'boot' });
    return this.#left;
  }

  /** Resolves when this process is the only one left. */
  close(): Promise<void> {
    return this.#spawner.close();
  }

  status(): FleetStatus {
    return statusOf(this.#fleet, this.#options.clock.now());
  }

  /** Pids of swarm's processes other than the workers and this one. */
  own(): number[] {
    return this.#spawner.own();
  }

  /** Handles an event. An event that is emitted while an action is performed waits for its turn. */
  emit(event: Event): void {
    this.#queue.push(event);
    if (this.#looping) return;
    this.#looping = true;
    const before = this.#fleet;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#handle(next);
    } finally {
      // Even if an action has thrown: the next event must be handled, and deadlines must be kept.
      this.#looping = false;
      const tick = () => this.emit({ type: 'tick' });
      this.#options.clock.wakeAt(nextWake(this.#fleet), tick, pulseOf(this.#fleet));
    }
    if (this.#fleet !== before) this.#options.observe?.(this.#fleet);
  }

  #handle(event: Event): void {
    const before = this.#fleet;
    const { fleet, actions } = step(this.#fleet, this.#explained(event), this.#options.clock.now(), Math.random());
    this.#fleet = fleet;
    for (const action of actions) this.#perform(action);
    if (startsWorkers(before) && !startsWorkers(fleet)) this.#spawner.finish();
  }

  /** Adds whether the kernel sent a KILL, which an exit does not tell. */
  #explained(event: Event): Event {
    if (event.type !== 'exited' || event.exit.signal !== 'SIGKILL') return event;
    return { ...event, exit: { ...event.exit, outOfMemory: this.#options.oomKiller.take() } };
  }

  #perform(action: Action): void {
    switch (action.type) {
      case 'start':
        this.#spawner.start(this.#order(action));
        break;
      case 'prepare':
        this.#spawner.prepare(action.generation);
        break;
      case 'settle':
        void this.#settle(action.attempt);
        break;
      case 'resize':
        this.emit({ type: 'resized', ...this.#options.resize(action.count) });
        break;
      case 'retire':
        this.#spawner.retire(action.generation);
        break;
      case 'signal':
        this.#spawner.signal(action.workerId, action.signal);
        break;
      case 'find-orphans':
        this.#spawner.findOrphans();
        break;
      case 'signal-orphan':
        this.#spawner.signalOrphan(action.pid, action.signal);
        break;
      case 'measure':
        void this.#measure();
        break;
      case 'log':
        this.#options.logger.write(action.entry);
        break;
      case 'report':
        this.#options.report(action.failure);
        break;
      case 'leave':
        this.#leave(action.status);
        break;
    }
  }

  async #settle(attempt: FirstAttempt): Promise<void> {
    let settled: Settled;
    try {
      settled = await this.#options.settle(attempt);
    } catch (error) {
      // If the swarm was stopped in the meantime, the error no longer matters.
      if (this.#fleet.phase === 'booting') this.#refuse(error);
      this.emit({ type: 'refused' });
      return;
    }
    const { spawner, policy, announcement } = settled;
    this.#spawner = spawner;
    this.emit({ type: 'settled', policy, announcement });
  }

  async #measure(): Promise<void> {
    const { meter, oomKiller } = this.#options;
    oomKiller.forget();
    const workers = this.#fleet.workers.flatMap(({ id, pid }) => (pid === undefined ? [] : [[id, pid] as const]));
    const others = [process.pid, ...this.own()];
    this.emit({ type: 'measured', ...(await meter.measure(new Map(workers), others)) });
  }

  #order({ workerId, slot, generation }: Extract<Action, { type: 'start' }>): Order {
    return { workerId, slot, index: indexOf(this.#fleet, slot), count: this.#fleet.policy.count, generation };
  }
}
