import { syncBuiltinESMExports } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import threads, { type Worker, type WorkerOptions } from 'node:worker_threads';

type WorkerClass = typeof Worker;

/**
 * From now on, threads get the options that the user gave. Otherwise they would get the options of this process, and a
 * mold is started without the preloads and with options of its own. Copies inherit this.
 *
 * @param given the user's options on the command line
 */
export function passOptionsToThreads(given: readonly string[]): void {
  let execArgv = [...given];
  const construct = (worker: WorkerClass, args: ConstructorParameters<WorkerClass>, newTarget: WorkerClass): Worker => {
    const [file, options] = args;
    if (!inherits(options)) return Reflect.construct(worker, args, newTarget);
    try {
      return Reflect.construct(worker, [file, { ...options, execArgv }], newTarget);
    } catch (error) {
      // Node refuses options that affect the whole process. They apply to its threads anyway.
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

/** Whether a thread would inherit the options of its process. Node itself rejects invalid values. */
function inherits(options: WorkerOptions | null | undefined): boolean {
  return options !== null && !options?.execArgv;
}

/** "Initiated Worker with invalid execArgv flags: --title=jobs, --max-semi-space-size=4" */
function isRefused(option: string, { code, message }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_WORKER_INVALID_EXEC_ARGV' && `${message}, `.replace(/^[^:]*:/, ',').includes(`, ${option}, `);
}

/** V8 applies these to every heap of a process, despite a thread's `resourceLimits`. */
const LIMITS: readonly string[] = ['--max-old-space-size', '--max-semi-space-size'];

/**
 * From now on, threads get the heap limits of plain Node. The main thread keeps its own.
 *
 * @param flags the flags that swarm itself started this process with
 */
export function freeThreads(flags: readonly string[]): void {
  for (const flag of flags) {
    const [name = ''] = flag.split('=');
    if (LIMITS.includes(name)) setFlagsFromString(`${name}=0`);
  }
}
