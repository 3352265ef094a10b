import { callSitesAbove } from '../../node/call-sites.ts';

/** How far up the stack to look for the module that is being loaded. Most modules are within the nearest frames. */
const FRAMES = 100;
const NEAREST = 6;

type Call = (...args: never[]) => unknown;

export interface CallChain {
  /** Nearest first, without Node's own: paths, URLs of modules, or the names that other code was compiled under. */
  readonly files: readonly string[];
  /** Whether it reaches the module that is being loaded. Otherwise a timer or a promise began it. */
  readonly isWhole: boolean;
}

/**
 * The callers of a function, up to the module that is being loaded. Further down is only what has asked for that module, and
 * has no part in what the module draws for itself.
 *
 * @param by the function that was called
 * @returns undefined where Node itself is calling
 */
export function callChain(by: Call): CallChain | undefined {
  const near = chainIn(callSitesAbove(by, NEAREST));
  return near?.isWhole ? near : chainIn(callSitesAbove(by, FRAMES));
}

/** Node runs the body of a module from here, or looks up the exports of one of its own. */
const LOADER = /^node:internal\/(?:modules|bootstrap)\//;

/** Node calls back from here: a timer, a promise's reaction, or a function that util.promisify() has made. */
const CALLBACKS = /^node:internal\/(?:process\/task_queues|timers|util)$/;

function chainIn(sites: readonly NodeJS.CallSite[]): CallChain | undefined {
  const names = sites.map((site) => site.getFileName()).filter((file): file is string => typeof file === 'string');
  const end = names.findIndex((file) => LOADER.test(file));
  const above = end === -1 ? names : names.slice(0, end);
  const files = above.filter((file) => !file.startsWith('node:')).filter((file, index, all) => file !== all[index - 1]);
  if (files.length > 0) return { files, isWhole: end !== -1 };
  // A promise may call it with no JavaScript in between.
  const isCalledBack = end === -1 && names.every((file) => CALLBACKS.test(file));
  return isCalledBack ? { files, isWhole: false } : undefined;
}
