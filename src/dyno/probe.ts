import { availableParallelism } from 'node:os';
import { cpuCount } from 'os-utils';

/** What this process may use of the machine that it runs on. */
export interface Machine {
  readonly cores: number;
}

export function probeMachine(): Machine {
  // CPU affinity (taskset, a cpuset) leaves fewer than the host has.
  return { cores: Math.max(1, Math.min(cpuCount(), availableParallelism())) };
}
