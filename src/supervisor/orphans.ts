import type { Orphan } from '../process/spawner.ts';
import type { Step } from './changes.ts';
import type { Fleet } from './fleet.ts';
import * as notices from './notices/orphans.ts';

/*
 * Processes that workers leave behind, such as the ffmpeg of a killed worker, end with the swarm: they get TERM when
 * they are found, and KILL at the deadline of the stop. Processes that these leave behind are found too. None of them
 * affects the exit status.
 */

/** Interval between two searches, milliseconds. An orphan can appear without a SIGCHLD. */
const INTERVAL = 1000;

/** Stores the result of a search, and forgets the pids of processes that are gone: they may be reused. */
export function foundOrphans(fleet: Fleet, alive: readonly Orphan[]): Fleet {
  const { orphans } = fleet;
  const remaining = (pids: readonly number[]) => pids.filter((pid) => alive.some((orphan) => orphan.pid === pid));
  return {
    ...fleet,
    orphans: {
      ...orphans,
      alive,
      stopped: remaining(orphans.stopped),
      killed: remaining(orphans.killed),
      lastLook: orphans.lastLook === 'asked' ? 'done' : orphans.lastLook,
    },
  };
}

export function stopOrphans(step: Step, now: number): void {
  const { orphans, workers } = step.fleet;
  if (orphans.deadline <= now) killOrphans(step);
  else tellOrphans(step);
  const isLast = workers.length === 0 && orphans.lastLook === 'due';
  if (orphans.lookAt > now && !isLast) return;
  const lastLook = isLast ? 'asked' : orphans.lastLook;
  step.fleet = { ...step.fleet, orphans: { ...step.fleet.orphans, lookAt: now + INTERVAL, lastLook } };
  step.actions.push({ type: 'find-orphans' });
}

/** Time to wait for orphans after KILL, ms. A process of another user, or one waiting for a disk, can survive it. */
const LAST_WAIT = 3000;

/** When the supervisor leaves despite remaining orphans; Infinity if that cannot happen yet. */
export function abandonAt({ phase, workers, orphans }: Fleet): number {
  const isLast = phase === 'stopping' && workers.length === 0 && orphans.lastLook === 'done';
  return isLast && orphans.alive.length > 0 ? orphans.deadline + LAST_WAIT : Infinity;
}

/** Whether the supervisor may leave. */
export function nobodyIsLeft(fleet: Fleet, now: number): boolean {
  const { phase, workers, orphans } = fleet;
  if (phase !== 'stopping' || workers.length > 0 || orphans.lastLook !== 'done') return false;
  return orphans.alive.length === 0 || abandonAt(fleet) <= now;
}

/** Logs the orphans that survived KILL. */
export function tellAbandoned(step: Step): void {
  const { alive } = step.fleet.orphans;
  if (alive.length > 0) step.actions.push(notices.abandoningOrphans(alive));
}

function tellOrphans(step: Step): void {
  const { orphans } = step.fleet;
  const found = orphans.alive.filter(({ pid }) => !orphans.stopped.includes(pid));
  if (found.length === 0) return;
  step.actions.push(notices.stoppingOrphans(found));
  // CONT, because a suspended process does not handle TERM until it continues.
  for (const { pid } of found) step.actions.push(signal(pid, 'SIGTERM'), signal(pid, 'SIGCONT'));
  step.fleet = { ...step.fleet, orphans: { ...orphans, stopped: orphans.alive.map(({ pid }) => pid) } };
}

function killOrphans(step: Step): void {
  const { orphans } = step.fleet;
  const left = orphans.alive.filter(({ pid }) => !orphans.killed.includes(pid));
  if (left.length === 0) return;
  step.actions.push(notices.killingOrphans(left));
  for (const { pid } of left) step.actions.push(signal(pid, 'SIGKILL'));
  step.fleet = { ...step.fleet, orphans: { ...orphans, killed: orphans.alive.map(({ pid }) => pid) } };
}

function signal(pid: number, signal: NodeJS.Signals) {
  return { type: 'signal-orphan', pid, signal } as const;
}
