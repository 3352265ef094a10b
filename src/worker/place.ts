import { mainModule } from '../loading/main-module.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { workerVariables } from '../protocol/environment.ts';

/** Sets the arguments, the environment variables and the process title of this worker. */
export function assumePlace(assignment: Assignment): void {
  const { args, index, slot, modules } = assignment;
  const main = mainModule(modules, process.cwd());
  // Changed in place, because other code may hold a reference to the array.
  process.argv.splice(0, process.argv.length, process.execPath, main, ...workerArguments(args, index));
  Object.assign(process.env, workerVariables(assignment));
  process.title = `swarm worker ${slot} (index ${index})`;
}
