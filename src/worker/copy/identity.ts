import { syncBuiltinESMExports } from 'node:module';
import { mainModule } from '../../loading/main-module.ts';
import { workerArguments } from '../../protocol/arguments.ts';
import type { Assignment } from '../../protocol/assignment.ts';
import { workerVariables } from '../../protocol/environment.ts';

/**
 * In a copy of a process: what Node remembers of the original becomes its own. Before anything else that looks at
 * process.pid: until then, `process.kill(process.pid)` would hit the original.
 *
 * @param pid its own, which Node does not know
 */
export function assumeIdentity(pid: number): void {
  // Read-only and enumerable, as it was.
  Object.defineProperty(process, 'pid', { value: pid });
  const { uptime } = process;
  const born = uptime();
  process.uptime = { uptime: () => uptime() - born }.uptime;
  // For those who import them by name from node:process.
  syncBuiltinESMExports();
}

/** In any worker: what user code sees of its place in the swarm. */
export function assumePlace(assignment: Assignment): void {
  const { args, index, slot, modules } = assignment;
  // In place, for those who have kept a reference to it.
  const main = mainModule(modules, process.cwd());
  process.argv.splice(0, process.argv.length, process.execPath, main, ...workerArguments(args, index));
  Object.assign(process.env, workerVariables(assignment));
  process.title = `swarm worker ${slot} (index ${index})`;
}
