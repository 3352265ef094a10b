import type { Logger } from '../log/logger.ts';
import type { Clock } from '../process/clock.ts';
import type { Order, Spawner } from '../process/spawner.ts';
import type { Failure } from '../protocol/messages.ts';
import type { Action } from './actions.ts';
import { nextWake, pulseOf } from './deadlines.ts';
import type { Event } from './events.ts';
import { type Fleet, indexOf, newFleet, type Policy } from './fleet.ts';
import type { Meter } from './memory.ts';
import { type FleetStatus, statusOf } from './status.ts';
import { step } from './step.ts';

export interface SupervisorOptions {
  policy: Policy;
  /** What all workers have in common. */
  common: Pick<Order, 'mode' | 'args' | 'heartbeat' | 'supervisor' | 'inspect'>;
  /** Its events are given to emit(). */
  spawner: Spawner;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  /** Shows the application's own error. */
  report: (failure: Failure) => void;
  /** Is shown the fleet whenever it has changed, after all that follows from an event. */
  observe?: ((fleet: Fleet) => void) | undefined;
}

/** The one loop: an event comes in, the core turns fleet and event into the next fleet and actions, these are performed. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #queue: Event[] = [];
  #fleet: Fleet;
  #looping = false;
  #leave!: (status: 0 | 1) => void;
  readonly #left = new Promise<0 | 1>((resolve) => {
    this.#leave = resolve;
  });

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#fleet = newFleet(options.policy);
  }

  /** Starts the workers, unless a signal came first. Resolves to the exit status when the last of them has left. */
  run(): Promise<0 | 1> {
    this.emit({ type: 'boot' });
    return this.#left;
  }

  status(): FleetStatus {
    const { common, clock } = this.#options;
    return statusOf(this.#fleet, common.heartbeat, clock.now());
  }

  /** The pids of the processes that there are besides the workers and this one. */
  own(): number[] {
    return this.#options.spawner.own();
  }

  /** Performing an action may cause the next event at once; it waits for its turn. */
  emit(event: Event): void {
    this.#queue.push(event);
    if (this.#looping) return;
    this.#looping = true;
    const before = this.#fleet;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#handle(next);
    } finally {
      // Also where an action has thrown: the next event is handled all the same, and deadlines are kept.
      this.#looping = false;
      const tick = () => this.emit({ type: 'tick' });
      this.#options.clock.wakeAt(nextWake(this.#fleet), tick, pulseOf(this.#fleet));
    }
    if (this.#fleet !== before) this.#options.observe?.(this.#fleet);
  }

  #handle(event: Event): void {
    const { phase } = this.#fleet;
    const { fleet, actions } = step(this.#fleet, event, this.#options.clock.now(), Math.random());
    this.#fleet = fleet;
    for (const action of actions) this.#perform(action);
    if (phase === 'running' && fleet.phase !== 'running') this.#options.spawner.finish();
  }

  #perform(action: Action): void {
    switch (action.type) {
      case 'start':
        this.#options.spawner.start(this.#order(action));
        break;
      case 'prepare':
        this.#options.spawner.prepare(action.generation);
        break;
      case 'retire':
        this.#options.spawner.retire(action.generation);
        break;
      case 'signal':
        this.#options.spawner.signal(action.worker, action.signal);
        break;
      case 'find-orphans':
        this.#options.spawner.findOrphans();
        break;
      case 'signal-orphan':
        this.#options.spawner.signalOrphan(action.pid, action.signal);
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

  async #measure(): Promise<void> {
    const { meter, common } = this.#options;
    const workers = this.#fleet.workers.flatMap(({ id, pid }) => (pid === undefined ? [] : [[id, pid] as const]));
    const others = [common.supervisor, ...this.own()];
    this.emit({ type: 'measured', ...(await meter.measure(new Map(workers), others)) });
  }

  #order({ worker, slot, generation }: Extract<Action, { type: 'start' }>): Order {
    const { policy, common } = this.#options;
    const { count, timeout } = policy;
    return { ...common, worker, slot, index: indexOf(this.#fleet, slot), count, generation, timeout };
  }
}
