import { expectMain } from '../loading/load-module.ts';
import { mainModule } from '../loading/main-module.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { LoadAssignment } from '../protocol/assignment.ts';

/** Gives this process the arguments and options of a worker, because loaded modules may read them. */
export function seemLikeWorker({ modules, args, given }: LoadAssignment): void {
  const { nodeOptions, execArgv } = given;
  if (nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = nodeOptions;
  process.execArgv.splice(0, process.execArgv.length, ...execArgv);
  // `swarm doctor` may have no modules.
  if (modules.length > 0)
    process.argv = [process.execPath, mainModule(modules, process.cwd()), ...workerArguments(args)];
}

/** Gives it a worker's main module. Call this after the preloads: in Node, they load before there is a main module. */
export function seemLikeMain({ modules }: LoadAssignment): void {
  if (modules.length > 0) expectMain(mainModule(modules, process.cwd()));
}
