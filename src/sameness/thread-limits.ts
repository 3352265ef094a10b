import { setFlagsFromString } from 'node:v8';

/** V8 takes them for every heap of a process, whatever `resourceLimits` a thread is started with. */
const LIMITS: readonly string[] = ['--max-old-space-size', '--max-semi-space-size'];

/**
 * From now on threads have the heaps that plain Node would give them. That of the main thread stays as it is.
 *
 * @param flags those that swarm itself has started this process with
 */
export function freeThreads(flags: readonly string[]): void {
  for (const flag of flags) {
    const [name = ''] = flag.split('=');
    if (LIMITS.includes(name)) setFlagsFromString(`${name}=0`);
  }
}
