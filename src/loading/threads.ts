import { syncBuiltinESMExports } from 'node:module';
import threads, { type Worker, type WorkerOptions } from 'node:worker_threads';

type WorkerClass = typeof Worker;

/**
 * Node gives a thread the command line's options that it was started with itself, and those of the thread's NODE_OPTIONS.
 * A mold was started without its preloads and with options of its own, so it gives its threads, and those of its forks, what
 * the user gave.
 *
 * @param given the command line's options
 */
export function passOptionsToThreads(given: readonly string[]): void {
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

/** Whether Node would give the thread its own. What is not an object, or not an array, it refuses itself. */
function inherits(options: WorkerOptions | null | undefined): boolean {
  return options !== null && !options?.execArgv;
}

/** "Initiated Worker with invalid execArgv flags: --title=jobs, --max-semi-space-size=4" */
function isRefused(option: string, { code, message }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_WORKER_INVALID_EXEC_ARGV' && `${message}, `.replace(/^[^:]*:/, ',').includes(`, ${option}, `);
}
