/** Identity of a worker. Outside a swarm, the process is the only worker. */
export interface WorkerInfo {
  /** Position in the swarm, 0 to `count` − 1. A replacement takes the slot of the worker that it replaces. */
  readonly slot: number;
  /** INDEX + `slot`. The same for every worker that fills this slot. */
  readonly index: number;
  /** Size of the swarm when this worker started. */
  readonly count: number;
  /** Generation of the code: 1 at boot, one more with each rolling restart; 0 outside a swarm. */
  readonly generation: number;
  /** `fork`: a copy of the mold, which has loaded the shared packages; `spawn`: a fresh Node; `inline`: no swarm. */
  readonly mode: 'fork' | 'spawn' | 'inline';
}

/** Called without arguments. swarm awaits the promise that it returns, if any. */
export type Hook = () => unknown;
