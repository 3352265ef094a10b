/** How far up the stack it looks for the module that is being loaded; and before that, because the module is mostly near. */
const FRAMES = 100;
const NEAREST = 6;

type Call = (...args: never[]) => unknown;

/**
 * Who is calling: the files on the stack, the nearest first, without Node's own, up to the module that is being loaded.
 * Below that is what has asked for it, which has no part in what the module draws for itself.
 *
 * @param by the function that was called
 * @returns paths, and URLs of ES modules; none where Node itself is calling
 */
export function callChain(by: Call): readonly string[] {
  const near = chainIn(stackAbove(by, NEAREST));
  return near.isWhole ? near.files : chainIn(stackAbove(by, FRAMES)).files;
}

function stackAbove(by: Call, frames: number): readonly NodeJS.CallSite[] {
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

function chainIn(sites: readonly NodeJS.CallSite[]): { files: readonly string[]; isWhole: boolean } {
  const files: string[] = [];
  for (const site of sites) {
    const file = site.getFileName();
    if (typeof file !== 'string') continue;
    if (LOADER.test(file)) return { files, isWhole: true };
    if (/^(?:file:|\/)/.test(file) && file !== files.at(-1)) files.push(file);
  }
  return { files, isWhole: false };
}
