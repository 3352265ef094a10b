/** pino's levels, and its word for none. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type Level = (typeof LEVELS)[number];

export const LOG_FORMATS = ['auto', 'logfmt', 'pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  level: Level;
  format: LogFormat;
  /** Lines carry no time: the platform stamps them (Heroku's Logplex does). */
  timeless: boolean;
}
