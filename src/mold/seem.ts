import { expectMain } from '../loading/load-module.ts';
import { mainModule } from '../loading/main-module.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { LoadAssignment } from '../protocol/assignment.ts';

/** Gives this process the arguments and options of a worker: what it loads reads them. */
export function seemLikeWorker({ modules, args, given }: LoadAssignment): void {
  const { nodeOptions, execArgv } = given;
  if (nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = nodeOptions;
  process.execArgv.splice(0, process.execArgv.length, ...execArgv);
  // `swarm doctor` may have no modules.
  if (modules.length > 0)
    process.argv = [process.execPath, mainModule(modules, process.cwd()), ...workerArguments(args)];
}

/** Gives it the main module as well. Under Node, preloads come before there is one. */
export function seemLikeMain({ modules }: LoadAssignment): void {
  if (modules.length > 0) expectMain(mainModule(modules, process.cwd()));
}
