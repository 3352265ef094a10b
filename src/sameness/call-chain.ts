/** How far up the stack it looks for the module that is being loaded; and before that, because the module is mostly near. */
const FRAMES = 100;
const NEAREST = 6;

type Call = (...args: never[]) => unknown;

export interface CallChain {
  /** The nearest first, without Node's own: paths, URLs of modules, or the names that other code was compiled under. */
  readonly files: readonly string[];
  /** Whether it reaches the module that is being loaded. A timer or a promise may have begun it instead. */
  readonly isWhole: boolean;
}

/**
 * Who is calling, up to the module that is being loaded. Below that is what has asked for it, which has no part in what the
 * module draws for itself.
 *
 * @param by the function that was called
 * @returns undefined where Node itself is calling
 */
export function callChain(by: Call): CallChain | undefined {
  const near = chainIn(stackAbove(by, NEAREST));
  return near?.isWhole ? near : chainIn(stackAbove(by, FRAMES));
}

/** The stack above a function that is running, the nearest caller first, up to so many frames. */
export function stackAbove(by: Call, frames: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = frames;
    // A package may have replaced it with one that reads source maps.
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, by);
    return holder.stack ?? [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** From here Node runs the body of a module; or looks for what one of its own modules exports. */
const LOADER = /^node:internal\/(?:modules|bootstrap)\//;

/** From here Node calls back what it was given: a timer, a promise's reaction, or a function that util.promisify() made. */
const CALLBACKS = /^node:internal\/(?:process\/task_queues|timers|util)$/;

function chainIn(sites: readonly NodeJS.CallSite[]): CallChain | undefined {
  const names = sites.map((site) => site.getFileName()).filter((file): file is string => typeof file === 'string');
  const end = names.findIndex((file) => LOADER.test(file));
  const above = end === -1 ? names : names.slice(0, end);
  const files = above.filter((file) => !file.startsWith('node:')).filter((file, index, all) => file !== all[index - 1]);
  if (files.length > 0) return { files, isWhole: end !== -1 };
  // A promise may call it without any JavaScript between them.
  const isCalledBack = end === -1 && names.every((file) => CALLBACKS.test(file));
  return isCalledBack ? { files, isWhole: false } : undefined;
}
