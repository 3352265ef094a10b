import type { Settings } from '../config/settings.ts';
import { canMeasure } from '../machine/usage.ts';
import type { Common } from '../protocol/assignment.ts';
import type { Policy } from '../supervisor/fleet.ts';
import type { Decision } from './decision.ts';

/** The longest heartbeat interval, milliseconds. */
const HEARTBEAT = 5000;

/** What the supervisor needs of the decision. @param args the arguments of swarm, exactly as given */
export function policyOf({ settings, size, mode }: Decision, args: readonly string[]): Policy {
  const { maxMemory, memory } = canMeasure() ? size : { maxMemory: 0, memory: 0 };
  const { timeout, bootTimeout, hangTimeout, maxAge, memoryInterval } = settings;
  return {
    mode: mode === 'fork' ? 'fork' : 'spawn',
    count: size.count,
    index: size.index,
    timeout,
    bootTimeout,
    hangTimeout,
    heartbeat: heartbeatOf(settings),
    maxMemory,
    maxAge,
    memory,
    memoryInterval,
    interactive: process.stdin.isTTY,
    argumentsSeparated: args.includes('--'),
  };
}

/** What each worker needs of the decision. */
export function commonOf({ settings, size, mode }: Decision, args: readonly string[]): Common {
  const { timeout, inspect } = settings;
  const { frugal } = size.heap;
  return { mode, args, timeout, heartbeat: heartbeatOf(settings), supervisor: process.pid, inspect, frugal };
}

/** Short enough that a worker misses several heartbeats before it counts as hung. */
function heartbeatOf({ hangTimeout }: Settings): number {
  return hangTimeout > 0 ? Math.min(HEARTBEAT, hangTimeout / 4) : HEARTBEAT;
}
