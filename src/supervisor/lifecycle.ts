/**
 * The life of a worker: a table of state × event.
 *
 *     starting ─► ready ─► quiet ─► stopping ─► (exited)
 *         └─────────┴────────┴─────────┴──► killed ─► (exited)
 *
 * An event that a state does not list changes nothing. Exits are not in the table: in any state they end the worker
 * (step.ts), and the slot it leaves is filled again, or waits (plan.ts).
 */
export type State = 'starting' | 'ready' | 'quiet' | 'stopping' | 'killed';

export type LifeEvent =
  /** The worker reports that it has loaded its modules. */
  | 'ready'
  /** The worker reports that it takes no new work. */
  | 'quieted'
  /** The worker reports that it is stopping within the usual time: it got TERM. */
  | 'leaving'
  /** The worker reports that it is stopping in its own time: it got USR2. */
  | 'retiring'
  /** The supervisor wants it to stop. */
  | 'stop'
  /** Its deadline is over, its heart stopped, or a person has lost patience. */
  | 'kill';

/** What the supervisor wants of a worker. A later one of these replaces an earlier one, never the other way round. */
export const INSTRUCTIONS = ['none', 'quiet', 'stop', 'kill'] as const;
export type Instruction = (typeof INSTRUCTIONS)[number];

export interface Transition {
  to: State;
  /** Whose signal is now owed to the process. */
  instruction?: Instruction;
  /** `stop`: the instant SWARM_TIMEOUT from now, or the one it already has, if that is earlier. */
  deadline: 'stop' | 'none';
}

const LEAVING: Transition = { to: 'stopping', deadline: 'stop' };
const RETIRING: Transition = { to: 'stopping', deadline: 'none' };
const STOP: Transition = { to: 'stopping', instruction: 'stop', deadline: 'stop' };
const KILL: Transition = { to: 'killed', instruction: 'kill', deadline: 'none' };

export const LIFECYCLE: Record<State, Partial<Record<LifeEvent, Transition>>> = {
  starting: {
    ready: { to: 'ready', deadline: 'none' },
    leaving: LEAVING,
    retiring: RETIRING,
    stop: STOP,
    kill: KILL,
  },
  ready: {
    quieted: { to: 'quiet', deadline: 'none' },
    leaving: LEAVING,
    retiring: RETIRING,
    stop: STOP,
    kill: KILL,
  },
  quiet: {
    leaving: LEAVING,
    retiring: RETIRING,
    stop: STOP,
    kill: KILL,
  },
  stopping: {
    // A worker that was leaving in its own time has the usual time from now.
    leaving: LEAVING,
    stop: STOP,
    kill: KILL,
  },
  killed: {},
};
