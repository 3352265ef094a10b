/** Which worker this is. Outside a swarm, it is the only one. */
export interface WorkerInfo {
  /** Position in the swarm, 0 to `count` − 1. A worker that replaces another has its slot. */
  readonly slot: number;
  /** INDEX + `slot`. The same for every worker that fills this slot. */
  readonly index: number;
  /** How many workers the swarm had when this one was started. */
  readonly count: number;
  /** Which release of the code it runs: 1 at boot, one more after each rolling restart; 0 outside a swarm. */
  readonly generation: number;
  /** `fork`: a copy of a process that has loaded what workers share; `spawn`: a Node of its own; `inline`: no swarm. */
  readonly mode: 'fork' | 'spawn' | 'inline';
}

/** Called without arguments. If it returns a promise, that is waited for. */
export type Hook = () => unknown;
