import type { NodeOptions } from '../protocol/invocation.ts';
import { joinNodeOptions, splitNodeOptions } from '../protocol/node-options.ts';
import { withoutProfilers } from '../protocol/profilers.ts';
import { MB } from '../text/units.ts';

/**
 * Extra V8 flags for a mold. Its workers share the old generation, so each costs only what it does not share:
 *
 * - V8 keeps compiled functions. Flushing those that were not called for a while writes to shared pages, and the next
 *   call compiles a private copy.
 * - V8 does not collect garbage in idle processes. The mold's last collection would trigger another one in each copy
 *   after a few idle seconds, and every collection writes to a third of the shared pages. Workers turn this on again
 *   (worker/flags.ts).
 * - V8 has one thread instead of four. The other workers need the other cores, and dividing a small collection among
 *   threads that wait for a core takes longer than doing it on one.
 * - V8 compiles baseline code on the main thread. A compiler thread can wait for the main thread to collect garbage,
 *   while the main thread, which is exiting, waits for the compiler thread: a deadlock (nodejs/node#54918).
 *
 * Flags that the user has set win.
 */
export function moldFlags(): string[] {
  const flags = ['--no-flush-bytecode', '--no-memory-reducer', '--v8-pool-size=1', '--no-concurrent-sparkplug'];
  return flags.filter((flag) => !isGiven(flag));
}

/** Limits for V8's heap; undefined leaves the choice to V8. */
export interface HeapLimits {
  /** Bytes. */
  readonly oldSpace: number | undefined;
  /** Size of a semi-space, bytes. The young generation takes up to three times as much. V8's default is 16 or 32 MB. */
  readonly semiSpace: number | undefined;
  /** How much the heap can grow between two collections, percent. By default, V8 lets a small heap grow fourfold. */
  readonly growth: number | undefined;
}

/** Heap flags for processes that load the application, except those that the user has set. */
export function heapFlags({ oldSpace, semiSpace, growth }: HeapLimits): string[] {
  const flags: string[] = [];
  if (oldSpace !== undefined && !isGiven('--max-heap-size'))
    flags.push(`--max-old-space-size=${Math.floor(oldSpace / MB)}`);
  if (semiSpace !== undefined) flags.push(`--max-semi-space-size=${Math.floor(semiSpace / MB)}`);
  if (growth !== undefined) flags.push(`--heap-growing-percent=${growth}`);
  return flags.filter((flag) => !isGiven(flag));
}

/** Whether the user has set this flag, in any spelling, or a related one such as --min-semi-space-size. */
function isGiven(flag: string): boolean {
  const subject = flag.replace(/^--(?:max-|no-)?/, '').replace(/=.*/, '');
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-').includes(subject);
}

/** The supervisor's own flags for its children, as with node:cluster, without --inspect: they cannot share its port. */
export function nodeFlags(flags: readonly string[] = process.execArgv): string[] {
  return flags.filter((flag) => !flag.startsWith('--inspect'));
}

/** The Node options that workers see, and pass on to processes that they start. */
export function givenOptions(): NodeOptions {
  return { nodeOptions: process.env['NODE_OPTIONS'], execArgv: nodeFlags() };
}

/** Node options and environment for a process that loads what workers share. Profilers are left to the workers. */
export function moldProcess(
  { nodeOptions, execArgv }: NodeOptions,
  heap: HeapLimits,
): { args: string[]; env: NodeJS.ProcessEnv } {
  const args = [...moldFlags(), ...heapFlags(heap), ...withoutProfilers(nodeFlags(execArgv))];
  if (nodeOptions === undefined) return { args, env: process.env };
  const options = joinNodeOptions(withoutProfilers(splitNodeOptions(nodeOptions)));
  return { args, env: { ...process.env, NODE_OPTIONS: options } };
}
