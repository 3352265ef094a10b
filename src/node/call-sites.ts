type Callee = (...args: never[]) => unknown;

/**
 * The stack above a running function: the nearest caller first.
 *
 * @param callee the running function
 * @param frames how many call sites at most
 */
export function callSitesAbove(callee: Callee, frames: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = frames;
    // A package may have set one that reads source maps.
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, callee);
    return holder.stack ?? [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}
