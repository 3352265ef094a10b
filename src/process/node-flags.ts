import type { NodeOptions } from '../protocol/invocation.ts';
import { joinNodeOptions, splitNodeOptions } from '../protocol/node-options.ts';
import { withoutProfilers } from '../protocol/profilers.ts';
import { MB } from '../text/units.ts';

/**
 * What a mold is started with besides. Its workers share the old generation, so that all else is what each of them costs:
 *
 * - compiled functions stay: to drop those that were not called for a while writes to shared pages, and the next call
 *   makes one that is not shared;
 * - no collections because nothing happens. The last one in the mold leads to another after some seconds of rest, in
 *   each copy, and every collection writes to a third of the shared pages. A worker has them again (worker/flags.ts);
 * - one thread for V8 instead of four: the other workers need the other cores, and to divide a small collection among
 *   threads that wait for a core takes longer than to do it;
 * - V8 compiles baseline code on the main thread. On its own thread it may need room on the heap and wait for a collection
 *   by the main thread, while that waits for the compiler in its exit: for ever (nodejs/node#54918).
 *
 * What somebody has set is left as it is.
 */
export function moldFlags(): string[] {
  const flags = ['--no-flush-bytecode', '--no-memory-reducer', '--v8-pool-size=1', '--no-concurrent-sparkplug'];
  return flags.filter((flag) => !isGiven(flag));
}

/** Undefined: V8's own choice. */
export interface HeapLimits {
  /** Bytes. */
  readonly oldSpace: number | undefined;
  /** The size of a part of the young generation, which has up to three, bytes; V8 takes 16 or 32 MB. */
  readonly semiSpace: number | undefined;
  /** By how much the heap may grow between two collections, percent; V8 lets a small one grow fourfold. */
  readonly growth: number | undefined;
}

/** For processes that load the application, unless the user has set them. */
export function heapFlags({ oldSpace, semiSpace, growth }: HeapLimits): string[] {
  const flags: string[] = [];
  if (oldSpace !== undefined && !isGiven('--max-heap-size'))
    flags.push(`--max-old-space-size=${Math.floor(oldSpace / MB)}`);
  if (semiSpace !== undefined) flags.push(`--max-semi-space-size=${Math.floor(semiSpace / MB)}`);
  if (growth !== undefined) flags.push(`--heap-growing-percent=${growth}`);
  return flags.filter((flag) => !isGiven(flag));
}

/** V8 takes --max_semi_space_size as well, and --min-semi-space-size=1 is about the same. */
function isGiven(flag: string): boolean {
  const subject = flag.replace(/^--(?:max-|no-)?/, '').replace(/=.*/, '');
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-').includes(subject);
}

/** The supervisor's own flags go to the processes it makes, as with node:cluster; but one inspector port serves one. */
export function nodeFlags(flags: readonly string[] = process.execArgv): string[] {
  return flags.filter((flag) => !flag.startsWith('--inspect'));
}

/** What workers see of the options, and what they start in turn. */
export function givenOptions(): NodeOptions {
  return { nodeOptions: process.env['NODE_OPTIONS'], execArgv: nodeFlags() };
}

/** Node options and environment for a process that loads what workers share. Profilers are for workers. */
export function moldProcess(
  { nodeOptions, execArgv }: NodeOptions,
  heap: HeapLimits,
): { args: string[]; env: NodeJS.ProcessEnv } {
  const args = [...moldFlags(), ...heapFlags(heap), ...withoutProfilers(nodeFlags(execArgv))];
  if (nodeOptions === undefined) return { args, env: process.env };
  const options = joinNodeOptions(withoutProfilers(splitNodeOptions(nodeOptions)));
  return { args, env: { ...process.env, NODE_OPTIONS: options } };
}
