import { callSitesAbove } from '../../node/call-sites.ts';

/** How many frames to search for the module that is being loaded. Most modules are within the nearest frames. */
const FRAMES = 100;
const NEAREST = 6;

type Call = (...args: never[]) => unknown;

export interface CallChain {
  /**
   * Callers, nearest first, without Node's own: paths, module URLs, or the names that other code was compiled under.
   */
  readonly files: readonly string[];
  /** Whether the chain reaches the module that is being loaded. Otherwise it begins at a timer or a promise. */
  readonly isWhole: boolean;
}

/**
 * Returns the callers of a function, up to the module that is being loaded. Code beyond that only requested the module,
 * and has no part in what the module draws for itself.
 *
 * @param by the function that was called
 * @returns undefined if Node itself is the caller
 */
export function callChain(by: Call): CallChain | undefined {
  const near = chainIn(callSitesAbove(by, NEAREST));
  return near?.isWhole ? near : chainIn(callSitesAbove(by, FRAMES));
}

/** Node code that runs the body of a module, or looks up the exports of a built-in module. */
const LOADER = /^node:internal\/(?:modules|bootstrap)\//;

/** Node code that calls back: timers, promise reactions, and functions made by util.promisify(). */
const CALLBACKS = /^node:internal\/(?:process\/task_queues|timers|util)$/;

function chainIn(sites: readonly NodeJS.CallSite[]): CallChain | undefined {
  const names = sites.map((site) => site.getFileName()).filter((file): file is string => typeof file === 'string');
  const end = names.findIndex((file) => LOADER.test(file));
  const above = end === -1 ? names : names.slice(0, end);
  const files = above.filter((file) => !file.startsWith('node:')).filter((file, index, all) => file !== all[index - 1]);
  if (files.length > 0) return { files, isWhole: end !== -1 };
  // A promise may call the function with no JavaScript in between.
  const isCalledBack = end === -1 && names.every((file) => CALLBACKS.test(file));
  return isCalledBack ? { files, isWhole: false } : undefined;
}
