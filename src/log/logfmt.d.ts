/** The one function of logfmt 1.4 that logger.ts calls, imported by itself: the package's front door loads much more. */
declare module 'logfmt/lib/stringify.js' {
  export function stringify(fields: Record<string, unknown>): string;
}
