import { syncBuiltinESMExports } from 'node:module';
import threads, { SHARE_ENV, type Worker, type WorkerOptions } from 'node:worker_threads';

type WorkerClass = typeof Worker;

/**
 * Node gives a thread the options that it was started with itself. A mold was started without its preloads, so it names
 * them to each thread, in its forks as well. A thread with an `env` or `execArgv` of its own reads NODE_OPTIONS anyway.
 *
 * @param given the command line's options; NODE_OPTIONS is in the environment
 */
export function preloadThreads(given: readonly string[]): void {
  let execArgv = [...given];
  const construct = (worker: WorkerClass, args: ConstructorParameters<WorkerClass>, newTarget: WorkerClass): Worker => {
    const [file, options] = args;
    if (!inherits(options)) return Reflect.construct(worker, args, newTarget);
    try {
      return Reflect.construct(worker, [file, { ...options, execArgv }], newTarget);
    } catch (error) {
      // Options of the process, which hold for its threads without being given.
      const allowed = execArgv.filter((option) => !isRefused(option, error as NodeJS.ErrnoException));
      if (allowed.length === execArgv.length) throw error;
      execArgv = allowed;
      return construct(worker, args, newTarget);
    }
  };
  const properties = { value: new Proxy(threads.Worker, { construct }), writable: true, configurable: true };
  Object.defineProperty(threads, 'Worker', { ...properties, enumerable: true });
  syncBuiltinESMExports();
}

/** Whether Node would give the thread its own options. */
function inherits(options: WorkerOptions | undefined): boolean {
  const { env, execArgv } = options ?? {};
  return !Array.isArray(execArgv) && (env === undefined || env === null || env === SHARE_ENV);
}

/** "Initiated Worker with invalid execArgv flags: --title=jobs, --max-semi-space-size=4" */
function isRefused(option: string, { code, message }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_WORKER_INVALID_EXEC_ARGV' && `${message}, `.replace(/^[^:]*:/, ',').includes(`, ${option}, `);
}
