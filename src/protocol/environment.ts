import type { Assignment, MoldAssignment } from './assignment.ts';
import { joinNodeOptions, splitNodeOptions } from './node-options.ts';
import { withoutProfilers } from './profilers.ts';

type Environment = Record<string, string | undefined>;

/** Carries the assignment from the supervisor into a spawned worker or a mold. User code never sees it. */
const ASSIGNMENT = 'SWARM_ASSIGNMENT';

export function environmentWith(assignment: Assignment, environment: Environment): Environment {
  return { ...environment, ...workerVariables(assignment), [ASSIGNMENT]: JSON.stringify(assignment) };
}

export function takeAssignment(environment: Environment): Assignment {
  return take(environment) as Assignment;
}

/** A mold's: what its workers have in common. Node starts it with the options that are for a mold. */
export function moldEnvironmentWith(assignment: MoldAssignment, environment: Environment): Environment {
  const { NODE_OPTIONS: options } = environment;
  return {
    ...environment,
    ...(options !== undefined && { NODE_OPTIONS: joinNodeOptions(withoutProfilers(splitNodeOptions(options))) }),
    SWARM_MODE: 'fork',
    [ASSIGNMENT]: JSON.stringify({ ...assignment, options }),
  };
}

/** From here on NODE_OPTIONS is what was given to swarm: workers see it, and the processes that they start. */
export function takeMoldAssignment(environment: Environment): MoldAssignment {
  const { options, ...assignment } = take(environment) as MoldAssignment & { options?: string };
  if (options !== undefined) environment['NODE_OPTIONS'] = options;
  return assignment;
}

function take(environment: Environment): unknown {
  const text = environment[ASSIGNMENT];
  if (text === undefined) throw new Error('a process was started without its assignment: this is a bug in swarm');
  delete environment[ASSIGNMENT];
  return JSON.parse(text);
}

/** The variables that tell user code which worker it is. */
export function workerVariables(assignment: Assignment): Record<string, string> {
  return {
    INDEX: String(assignment.index),
    SWARM_INDEX: String(assignment.index),
    SWARM_SLOT: String(assignment.slot),
    SWARM_COUNT: String(assignment.count),
    SWARM_GENERATION: String(assignment.generation),
    SWARM_MODE: assignment.mode,
    // As under PM2, for code that was written for it.
    NODE_APP_INSTANCE: String(assignment.slot),
  };
}
