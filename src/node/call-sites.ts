type Callee = (...args: never[]) => unknown;

/**
 * Returns the stack above a running function, nearest caller first.
 *
 * @param callee the running function
 * @param frames maximum number of call sites
 */
export function callSitesAbove(callee: Callee, frames: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = frames;
    // A package may have set its own, which reads source maps.
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, callee);
    return holder.stack ?? [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}
