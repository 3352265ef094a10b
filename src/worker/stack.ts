/** What is not the application's: frames of swarm itself, and of Node. */
const OWN = new URL('..', import.meta.url).pathname;

/** Frames that are looked at; most of them may be Node's. */
const LIMIT = 50;
/** Frames, and characters, that fit into a line of the log beside the rest. */
const MAX_FRAMES = 16;
const MAX_LENGTH = 1500;

/**
 * What the application's JavaScript is doing, the innermost call first: "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)".
 * Empty where none of it is running.
 *
 * It is called in the middle of anything, so it uses no regular expression: that may be what was interrupted, and then V8
 * has but one place for what the last one has found.
 */
export function currentStack(): string {
  const frames = applicationFrames(captureStack().split('\n'));
  let stack = '';
  for (const [position, frame] of frames.entries()) {
    const longer = position === 0 ? frame : `${stack} < ${frame}`;
    if (position === MAX_FRAMES || longer.length > MAX_LENGTH) return `${stack} < …`;
    stack = longer;
  }
  return stack;
}

/** As Node writes it, whatever the application has made of that. */
function captureStack(): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  // Not by assignment, which throws where the application has frozen Error.
  Reflect.set(Error, 'stackTraceLimit', LIMIT);
  Reflect.set(Error, 'prepareStackTrace', undefined);
  try {
    const { stack } = new Error();
    return typeof stack === 'string' ? stack : '';
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace);
  }
}

/** Of lines such as "    at spin (file:///app/jobs.js:12:9)"; a builtin such as Math.round belongs to whom it was called by. */
function applicationFrames(lines: readonly string[]): string[] {
  const frames: string[] = [];
  let builtins: string[] = [];
  for (const line of lines) {
    const text = line.trim();
    if (!text.startsWith('at ')) continue;
    const frame = text.slice('at '.length).replace('file://', '');
    if (frame.endsWith('(<anonymous>)')) {
      builtins.push(frame);
      continue;
    }
    if (!text.includes('node:') && !text.includes(OWN)) frames.push(...builtins, frame);
    builtins = [];
  }
  return frames;
}
