import { recycleByAgeAt } from './age.ts';
import type { Fleet, Worker } from './fleet.ts';
import { abandonAt } from './orphans.ts';
import { emptySlots, isAtWork, measureAt, renewAt, settledAt, slotOf } from './queries.ts';
import { listenAt } from './replacement.ts';

/* Deadlines, and everything else that falls due without an event. */

/** How long a worker must stay ready to be proven. Milliseconds. */
const PROVEN_AFTER = 1000;

/** Time limit for a mold to fork a worker, milliseconds. */
export const FORK_TIMEOUT = 10_000;

/** Milliseconds without a heartbeat after which a blocked event loop is reported. */
export const BLOCKED_AFTER = 30_000;

/** Workers that have passed their deadline, or that their mold did not fork in time. */
export function overdue(fleet: Fleet, now: number): Worker[] {
  return fleet.workers.filter(({ deadline, forkBy }) => Math.min(deadline, forkBy) <= now);
}

/** Workers that have sent no sign of life for SWARM_HANG_TIMEOUT. */
export function hung(fleet: Fleet, now: number): Worker[] {
  return fleet.workers.filter((worker) => hungAt(fleet, worker) <= now);
}

/** Workers with a blocked event loop that the log has not reported yet. */
export function blocked(fleet: Fleet, now: number): Worker[] {
  return fleet.workers.filter((worker) => blockedAt(worker) <= now);
}

/** Workers that have been ready for a second and are not marked as proven yet. */
export function newlyProven(fleet: Fleet, now: number): Worker[] {
  return fleet.workers.filter((worker) => provenAt(worker) <= now);
}

function provenAt(worker: Worker): number {
  return isAtWork(worker) && !worker.proven ? (worker.readyAt ?? Infinity) + PROVEN_AFTER : Infinity;
}

/** The next instant at which something falls due without an event; Infinity if nothing does. */
export function nextWake(fleet: Fleet): number {
  const slots = fleet.phase === 'running' ? emptySlots(fleet).map((slot) => slotOf(fleet, slot).startableAt) : [];
  const workers = fleet.workers.flatMap((worker) => [
    worker.deadline,
    worker.forkBy,
    provenAt(worker),
    hungAt(fleet, worker),
    blockedAt(worker),
  ]);
  const rollouts = Math.min(fleet.rollout?.deadline ?? Infinity, settledAt(fleet));
  const replacements = Math.min(renewAt(fleet), recycleByAgeAt(fleet));
  return Math.min(measureAt(fleet), replacements, rollouts, listenAt(fleet), orphansAt(fleet), ...slots, ...workers);
}

/** Instant of the next search for orphans, or of their KILL. */
function orphansAt(fleet: Fleet): number {
  const { phase, orphans } = fleet;
  if (phase !== 'stopping') return Infinity;
  const { alive, killed, lookAt, deadline } = orphans;
  return Math.min(lookAt, alive.length > killed.length ? deadline : Infinity, abandonAt(fleet));
}

/** The pulse while no deadline is armed. Milliseconds. */
const SLOW_PULSE = 10_000;
const FAST_PULSE = 250;

/** How often to check the clock until the next wake, milliseconds. An unnoticed pause must not make a worker late. */
export function pulseOf(fleet: Fleet): number {
  const { bootTimeout, timeout, hangTimeout } = fleet.policy;
  const limits = fleet.workers.map((worker) => Math.min(worker.deadline, worker.forkBy, provenAt(worker)));
  const isHurried = Math.min(fleet.rollout?.deadline ?? Infinity, listenAt(fleet), ...limits) < Infinity;
  const hurry = isHurried ? [FAST_PULSE, bootTimeout / 4, timeout / 4] : [];
  const hang = hangTimeout > 0 ? [hangTimeout / 4] : [];
  return Math.min(SLOW_PULSE, ...hurry, ...hang);
}

function hungAt({ policy }: Fleet, worker: Worker): number {
  return policy.hangTimeout > 0 && hasHeart(worker) ? worker.heardAt + policy.hangTimeout : Infinity;
}

function blockedAt(worker: Worker): number {
  return hasHeart(worker) && !worker.reportedBlocked ? worker.heardAt + BLOCKED_AFTER : Infinity;
}

/** Whether this worker's heartbeats are checked. While it starts or stops, its deadline limits it instead. */
function hasHeart({ state, deadline }: Worker): boolean {
  return deadline === Infinity && state !== 'killed';
}
