/** As Heroku counts. */
export const MB = 1024 ** 2;

export function inMB(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}

export function plural(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
