/** Megabytes, in each of the three parts of it; Node's default is 16 or 32. */
const YOUNG_GENERATION = 8;

/**
 * What a mold is started with besides: its workers share the old generation, so that the young one is most of what each
 * of them has for itself. Unless somebody has set its size.
 */
export function moldFlags(): string[] {
  return isGiven(SEMI_SPACE) ? [] : [`--max-semi-space-size=${YOUNG_GENERATION}`];
}

/** Bytes; undefined: V8's own choice. */
export interface HeapLimits {
  readonly oldSpace: number | undefined;
  readonly semiSpace: number | undefined;
}

/** For whoever is to load the application. Unless somebody has set them. */
export function heapFlags({ oldSpace, semiSpace }: HeapLimits): string[] {
  const flags: string[] = [];
  if (oldSpace !== undefined && !isGiven(HEAP)) flags.push(`--max-old-space-size=${inMB(oldSpace)}`);
  if (semiSpace !== undefined && !isGiven(SEMI_SPACE)) flags.push(`--max-semi-space-size=${inMB(semiSpace)}`);
  return flags;
}

const SEMI_SPACE = /--(max|min)[-_]semi[-_]space[-_]size/;
const HEAP = /--max[-_](old[-_]space|heap)[-_]size/;

function isGiven(option: RegExp): boolean {
  return option.test([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' '));
}

function inMB(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2);
}

/** The supervisor's own flags go to the processes it makes, as with node:cluster; but one inspector port serves one. */
export function nodeFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
