import type { Level, LogFormat } from '../log/options.ts';
import type { Selection } from '../protocol/assignment.ts';
import type { UnknownVariable } from './unknown.ts';

export type Mode = 'auto' | 'fork' | 'spawn' | 'inline';

/** Without a host: all addresses, of IPv6 and IPv4. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** As it is given: "9394", "127.0.0.1:9394", "[::1]:9394". */
export function describeAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `${port}`;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What the environment asks for. Durations are milliseconds, memory is bytes. `auto`: sized from the machine (boot/size.ts). */
export interface Settings {
  /** Number of workers; below 1: this share of the cores. */
  readonly count: number | 'auto';
  /**
   * The index of the worker in slot 0; `copy`: numbered through all copies of this swarm, of which this is number n,
   * from 0.
   */
  readonly index: number | { readonly copy: number };
  readonly mode: Mode;
  readonly preload: Selection;
  readonly preloadApp: boolean;
  /** From TERM to KILL. */
  readonly timeout: number;
  /** From start to ready. */
  readonly bootTimeout: number;
  /** Without a heartbeat until KILL; 0: off. */
  readonly hangTimeout: number;
  /** Above this a worker is recycled; 0: off. */
  readonly maxMemory: number | 'auto';
  /** How long a worker may be ready before it is recycled; 0: off. */
  readonly maxAge: number;
  /** What the whole swarm may use. */
  readonly memory: number | 'auto';
  /** From one look at the memory to the next. */
  readonly memoryInterval: number;
  /** The debugger port of the worker in slot 0; the others follow. Undefined: none. */
  readonly inspect: number | undefined;
  readonly logLevel: Level;
  readonly logFormat: LogFormat;
  readonly metrics: 'off' | 'log';
  /** From one line of metrics to the next. */
  readonly metricsInterval: number;
  /** Whether workers are replaced when a file of the application changes; paths: when one of these does, or one below them. */
  readonly watch: boolean | readonly string[];
  /** The address for probes and scrapers; undefined: none. */
  readonly listen: ListenAddress | undefined;
  /** Path of the control socket; undefined: in a private runtime directory. */
  readonly socket: string | undefined;
}

/** The origin of a value, for people: "SWARM_COUNT" or "the default". */
export type Origins = { readonly [Name in keyof Settings]: string };

export interface Configuration {
  readonly settings: Settings;
  readonly origins: Origins;
  readonly unknown: readonly UnknownVariable[];
}

export const MAX_COUNT = 1000;
