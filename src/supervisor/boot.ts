import type { Action } from './actions.ts';
import type { Step } from './changes.ts';
import type { BootEvent, FirstAttempt } from './events.ts';
import { type Fleet, newSlots } from './fleet.ts';
import { preparedTooLate } from './notices/rollout.ts';
import { begin, next } from './rollout.ts';

type Settled = Extract<BootEvent, { type: 'settled' }>;

/**
 * A swarm reaches its first generation like every other, by a rollout (rollout.ts), but has nothing to fall back to.
 *
 *     preparing ─► settling ─► (running: every slot is filled)
 *         └────────────┴─────► (refused: swarm says why, and exits)
 *
 * Only a mold that has preloaded shows whether it can be forked, and how many of its copies fit into memory. So mode
 * and policy are settled then, by the code that first sized the swarm (boot/launch.ts).
 */
export function boot(fleet: Fleet, now: number): Step {
  // A signal can arrive earlier.
  if (fleet.phase !== 'booting') return { fleet, actions: [] };
  const { generation, fleet: begun } = begin(fleet, undefined, now);
  return { fleet: begun, actions: [{ type: 'prepare', generation }] };
}

/** Preparing has succeeded or failed. */
export function settle(fleet: Fleet, attempt: FirstAttempt): Step {
  const { rollout } = fleet;
  if (fleet.phase !== 'booting' || rollout?.stage !== 'preparing') return { fleet, actions: [] };
  const settling = { ...rollout, stage: 'settling', deadline: Infinity } as const;
  return { fleet: { ...fleet, rollout: settling }, actions: [{ type: 'settle', attempt }] };
}

/** Preparing took too long. */
export function settleLate(step: Step): void {
  const { fleet, actions } = settle(step.fleet, { type: 'late', reason: preparedTooLate(step.fleet) });
  step.fleet = fleet;
  step.actions.push(...actions);
}

/** From now on every slot is kept filled. */
export function settled(fleet: Fleet, { policy, announcement }: Settled, now: number): Step {
  const { phase, rollout } = fleet;
  if (phase !== 'booting' || !rollout) return { fleet, actions: [] };
  const { generation, remarks } = rollout;
  const running = {
    ...fleet,
    phase: 'running',
    policy,
    generation,
    slots: newSlots(policy),
    rollout: undefined,
  } as const;
  const actions: Action[] = [...announcement, ...remarks].map((entry) => ({ type: 'log', entry }));
  return next({ fleet: startMeasuring(running, now), actions }, rollout, now);
}

/** No worker was started, so none needs stopping. The error of settle() carries the real exit status, never 0. */
export function refused(fleet: Fleet): Step {
  const isBooting = fleet.phase === 'booting';
  return { fleet: isBooting ? { ...fleet, phase: 'gone', rollout: undefined, status: 1 } : fleet, actions: [] };
}

function startMeasuring(fleet: Fleet, now: number): Fleet {
  const { maxMemory, memory, memoryInterval } = fleet.policy;
  if (maxMemory === 0 && memory === 0) return fleet;
  return { ...fleet, memory: { ...fleet.memory, measureAt: now + memoryInterval } };
}
