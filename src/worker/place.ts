import { mainModule } from '../loading/main-module.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { workerVariables } from '../protocol/environment.ts';

/** Shows user code its place in the swarm: arguments, environment, and title. */
export function assumePlace(assignment: Assignment): void {
  const { args, index, slot, modules } = assignment;
  const main = mainModule(modules, process.cwd());
  // In place: others may have kept a reference to it.
  process.argv.splice(0, process.argv.length, process.execPath, main, ...workerArguments(args, index));
  Object.assign(process.env, workerVariables(assignment));
  process.title = `swarm worker ${slot} (index ${index})`;
}
