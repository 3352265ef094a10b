import type { Level, LogFormat } from '../log/options.ts';
import type { Selection } from '../protocol/assignment.ts';
import type { UnknownVariable } from './unknown.ts';

export type Mode = 'auto' | 'fork' | 'spawn' | 'inline';

/** An undefined host means all addresses, IPv6 and IPv4. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** Formats an address as the user writes it: "9394", "127.0.0.1:9394", "[::1]:9394". */
export function describeAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `${port}`;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The settings. Durations are milliseconds, memory is bytes. `auto`: sized from the machine (boot/size.ts). */
export interface Settings {
  /** Number of workers; below 1: a fraction of the cores. */
  readonly count: number | 'auto';
  /**
   * The index of the worker in slot 0. `copy`: the number of this copy of the swarm, from 0; indexes are consecutive
   * across all copies.
   */
  readonly index: number | { readonly copy: number };
  readonly mode: Mode;
  readonly preload: Selection;
  readonly preloadApp: boolean;
  /** From TERM to KILL. */
  readonly timeout: number;
  /** From start to ready. */
  readonly bootTimeout: number;
  /** From the last heartbeat to KILL; 0: off. */
  readonly hangTimeout: number;
  /** Memory use above which a worker is recycled; 0: off. */
  readonly maxMemory: number | 'auto';
  /** From ready to recycling; 0: off. */
  readonly maxAge: number;
  /** Memory limit of the whole swarm. */
  readonly memory: number | 'auto';
  /** Interval between two memory measurements. */
  readonly memoryInterval: number;
  /** The inspector port of the worker in slot 0; the other slots get the next ones. Undefined: none. */
  readonly inspect: number | undefined;
  readonly logLevel: Level;
  readonly logFormat: LogFormat;
  readonly metrics: 'off' | 'log';
  /** Interval between two log lines of metrics. */
  readonly metricsInterval: number;
  /** Whether to replace workers when a file of the application changes, or one of these paths, or a file below them. */
  readonly watch: boolean | readonly string[];
  /** The address for probes and metrics scrapers; undefined: none. */
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
