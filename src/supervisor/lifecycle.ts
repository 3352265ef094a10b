/**
 * The life of a worker: a table of state × event.
 *
 *     starting ─► ready ─► quiet ─► stopping ─► (exited)
 *         └─────────┴────────┴─────────┴──► killed ─► (exited)
 *
 * An event that a state does not list changes nothing. Exits are not in the table: an exit ends the worker in any state
 * (step.ts), and its slot is filled again, perhaps after a backoff (plan.ts).
 */
export type State = 'starting' | 'ready' | 'quiet' | 'stopping' | 'killed';

export type LifeEvent =
  /** The worker reports that it is ready. */
  | 'ready'
  /** The worker reports that it takes no new work. */
  | 'quieted'
  /** The worker reports that it is stopping with a deadline: it got TERM. */
  | 'leaving'
  /** The worker reports that it is stopping without a deadline: it got USR2. */
  | 'retiring'
  /** The supervisor wants it to stop. */
  | 'stop'
  /** It has passed its deadline, its heartbeats have stopped, or the user pressed Ctrl-C twice. */
  | 'kill';

/** What the supervisor wants of a worker. An instruction is only ever replaced by a later one in this list. */
export const INSTRUCTIONS = ['none', 'quiet', 'stop', 'kill'] as const;
export type Instruction = (typeof INSTRUCTIONS)[number];

export interface Transition {
  to: State;
  /** The signal to send to the process. */
  instruction?: Instruction;
  /** `stop`: SWARM_TIMEOUT from now, or the deadline of a stop that is already under way, if that is earlier. */
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
    // A worker that was stopping without a deadline gets one now.
    leaving: LEAVING,
    stop: STOP,
    kill: KILL,
  },
  killed: {},
};
