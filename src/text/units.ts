/** A megabyte as Heroku counts it. */
export const MB = 1024 ** 2;

/** "58 MB" */
export function inMB(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}

/** "58.3": for columns and metrics that name the unit themselves. */
export function tenthsOfMB(bytes: number): string {
  return (bytes / MB).toFixed(1);
}

/** "40 ms", "2.5 s", "12 s" */
export function seconds(milliseconds: number): string {
  if (milliseconds < 100) return `${Math.round(milliseconds)} ms`;
  return `${Number((milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0))} s`;
}

/** "900ms", "12s": for columns. */
export function milliseconds(delay: number): string {
  return delay < 10_000 ? `${delay}ms` : `${Math.round(delay / 1000)}s`;
}

/** "45s", "12min", "5h", "9d" */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}

/** "1 worker", "2 workers" */
export function plural(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
