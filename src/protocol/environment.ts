import type { Assignment, LoadAssignment } from './assignment.ts';

type Environment = Record<string, string | undefined>;

/** The variable that carries the assignment to a spawned worker or a mold. User code never sees it. */
const ASSIGNMENT = 'SWARM_ASSIGNMENT';

export function environmentWith(assignment: Assignment, environment: Environment): Environment {
  return { ...environment, ...workerVariables(assignment), [ASSIGNMENT]: JSON.stringify(assignment) };
}

/** The environment of a mold: what its workers have in common. */
export function moldEnvironmentWith(assignment: LoadAssignment, environment: Environment): Environment {
  return { ...environment, SWARM_MODE: 'fork', [ASSIGNMENT]: JSON.stringify(assignment) };
}

/** Removes the assignment from the environment, which user code sees, and returns it. */
export function takeAssignment<Kind extends Assignment | LoadAssignment = Assignment>(environment: Environment): Kind {
  const text = environment[ASSIGNMENT];
  if (text === undefined) throw new Error('a process was started without its assignment: this is a bug in swarm');
  delete environment[ASSIGNMENT];
  return JSON.parse(text) as Kind;
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
