/** pino's levels, and its word for no output. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type Level = (typeof LEVELS)[number];

export const LOG_FORMATS = ['auto', 'logfmt', 'pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  level: Level;
  format: LogFormat;
  /** Whether lines have no timestamp, because the platform adds one, as Heroku's Logplex does. */
  timeless: boolean;
}
