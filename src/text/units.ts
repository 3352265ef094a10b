/** As Heroku counts. */
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

/** "1 worker", "2 workers" */
export function plural(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
