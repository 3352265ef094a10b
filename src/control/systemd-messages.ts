import type { Fleet } from '../supervisor/fleet.ts';
import { isAtWork, slotsWith } from '../supervisor/queries.ts';
import { plural } from '../text/units.ts';

/** What systemd knows about the swarm. */
export interface Told {
  readonly state: 'starting' | 'ready' | 'reloading' | 'stopping';
  /** The last generation reported. */
  readonly generation: number;
  readonly status: string;
}

export const NOTHING_TOLD: Told = { state: 'starting', generation: 1, status: '' };

/** Time for the steps after a deadline: the KILL, reaping the process, the end of the mold. Milliseconds. */
const MARGIN = 5000;

/**
 * Returns the messages that systemd has not yet received, in order. Each is a datagram of lines (sd_notify(3)).
 *
 * @param monotonic CLOCK_MONOTONIC, in microseconds
 */
export function messagesFor(told: Told, fleet: Fleet, monotonic: bigint): { told: Told; messages: string[] } {
  const status = describe(fleet);
  const changes = [...changesOf(told, fleet)];
  const state = changes.at(-1) ?? told.state;
  const generation = state === 'starting' ? told.generation : fleet.newestGeneration;
  if (changes.length === 0 && status === told.status) return { told, messages: [] };
  const more = [`STATUS=${status}`, ...patience(state, fleet)];
  const heads = changes.length > 0 ? changes.map((change) => HEADS[change](monotonic)) : [[]];
  return { told: { state, generation, status }, messages: heads.map((head) => [...head, ...more].join('\n')) };
}

type Change = Exclude<Told['state'], 'starting'>;

const HEADS: Record<Change, (monotonic: bigint) => string[]> = {
  ready: () => ['READY=1'],
  // With Type=notify-reload, systemd accepts this as the answer to its HUP if the timestamp is later.
  reloading: (monotonic) => ['RELOADING=1', `MONOTONIC_USEC=${monotonic}`],
  stopping: () => ['STOPPING=1'],
};

/**
 * Yields each state entered since the last message. That includes the reloading state of a rollout that failed
 * immediately, because `systemctl reload` waits for it.
 */
function* changesOf({ state, generation }: Told, fleet: Fleet): Generator<Change> {
  const { phase, newestGeneration } = fleet;
  if (phase === 'stopping' || phase === 'gone') {
    if (state !== 'stopping') yield 'stopping';
  } else if (state === 'starting') {
    if (isUp(fleet) && !isReloading(fleet)) yield 'ready';
  } else {
    const isNew = newestGeneration > generation;
    if (isNew) yield 'reloading';
    if ((isNew || state === 'reloading') && !isReloading(fleet)) yield 'ready';
  }
}

/**
 * Whether each slot has a proven worker at work. A quiet swarm starts no more workers, so there it is enough that no
 * worker is starting or yet to be proven.
 */
function isUp(fleet: Fleet): boolean {
  const { phase, workers, policy } = fleet;
  if (phase === 'quiet')
    return !workers.some((worker) => worker.state === 'starting' || (isAtWork(worker) && !worker.proven));
  return slotsWith(workers.filter((worker) => isAtWork(worker) && worker.proven)) === policy.count;
}

function isReloading({ phase, rollout, renewingSince }: Fleet): boolean {
  return phase === 'running' && (rollout !== undefined || renewingSince !== undefined);
}

function slotsAtWork({ workers }: Fleet, generation = 0): number {
  return slotsWith(workers.filter((worker) => isAtWork(worker) && worker.generation >= generation));
}

/** Returns the sentence that `systemctl status` shows. */
function describe(fleet: Fleet): string {
  const { phase, workers, everProven, status } = fleet;
  switch (phase) {
    case 'booting':
      return fleet.policy.mode === 'fork' ? 'preloading' : 'starting';
    case 'running':
      return describeRunning(fleet);
    case 'quiet':
      return workers.length > 0
        ? `quiet: ${plural(workers.length, 'worker')} left, and no more will start`
        : 'quiet: all workers have exited; restart the service';
    case 'stopping':
      return `stopping: ${plural(workers.length, 'worker')} left`;
    case 'gone':
      return status !== 0 && !everProven ? 'stopped, because no worker could boot: see the log' : 'stopped';
  }
}

function describeRunning(fleet: Fleet): string {
  const { policy, generation, newestGeneration, rollout, renewingSince } = fleet;
  const ready = `${slotsAtWork(fleet)} of ${plural(policy.count, 'worker')} ${policy.count === 1 ? 'is' : 'are'} ready`;
  if (rollout) {
    const stage = rollout.stage === 'preparing' ? 'is being prepared' : 'is on trial';
    return `generation ${rollout.generation} ${stage}: ${ready}`;
  }
  if (renewingSince !== undefined) {
    return `generation ${generation} takes over: ${slotsAtWork(fleet, generation)} of ${plural(policy.count, 'worker')} renewed`;
  }
  if (newestGeneration > generation) return `generation ${newestGeneration} failed, see the log: ${ready}`;
  return generation === 1 ? ready : `generation ${generation}: ${ready}`;
}

/** Extends systemd's timeout for states that take long. If it expires with no further message, something is wrong. */
function patience(state: Told['state'], { policy }: Fleet): string[] {
  const { bootTimeout, timeout } = policy;
  const milliseconds = { starting: bootTimeout, ready: 0, reloading: bootTimeout + timeout, stopping: timeout }[state];
  return milliseconds > 0 ? [extendTimeout(milliseconds)] : [];
}

/** Applies to the current state: starting, reloading or stopping. */
function extendTimeout(milliseconds: number): string {
  return `EXTEND_TIMEOUT_USEC=${Math.ceil((milliseconds + MARGIN) * 1000)}`;
}
