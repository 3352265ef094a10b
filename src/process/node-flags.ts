/** Megabytes, in each of the three parts of it; Node's default is 16 or 32. */
const YOUNG_GENERATION = 8;

/**
 * What a mold is started with besides: its workers share the old generation, so that the young one is most of what each
 * of them has for itself. Unless somebody has set its size.
 */
export function moldFlags(): string[] {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  return /--(max|min)[-_]semi[-_]space[-_]size/.test(given) ? [] : [`--max-semi-space-size=${YOUNG_GENERATION}`];
}

/** The supervisor's own flags go to the processes it makes, as with node:cluster; but one inspector port serves one. */
export function nodeFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
