import type { SocketFamily } from '../native/binding.ts';
import type { NodeOptions, Preload } from './invocation.ts';

/** A worker to be started: what distinguishes it from the others. */
export interface Order {
  /** The supervisor's serial number for this process, never used again; see WorkerMessage. */
  workerId: number;
  slot: number;
  index: number;
  count: number;
  generation: number;
}

/** What all workers of a swarm have in common. */
export interface Common {
  mode: 'fork' | 'spawn' | 'inline';
  /** The arguments given to swarm, exactly. */
  args: readonly string[];
  /** From TERM to KILL, milliseconds. The supervisor keeps this deadline; the worker only when it is orphaned. */
  timeout: number;
  /** Between two heartbeats, milliseconds. */
  heartbeat: number;
  /** Whose child the worker is, as long as that process lives: its pid. */
  supervisor: number;
  /** The debugger port of the worker in slot 0; the others follow. On 127.0.0.1. */
  inspect?: number | undefined;
  /** Whether V8 saves memory at the expense of processor time. */
  frugal: boolean;
}

/** What a worker loads, and what it inherits, where it comes to be. */
interface Equipment {
  /** Absolute paths of the `-r` modules, in order. */
  modules: readonly string[];
  /** What Node would have loaded before them, in order, if neither Node nor a mold has done so. */
  preloads?: readonly Preload[] | undefined;
  /** V8's flags that swarm itself has started the process with; in spawn mode. */
  limits?: readonly string[];
  /** Of workers with a supervisor, where PORT is set. */
  port?: InheritedPort | undefined;
}

/** Everything a new worker needs to know. In spawn mode it travels in the environment. */
export interface Assignment extends Order, Common, Equipment {}

export function assign(order: Order, common: Common, equipment: Equipment): Assignment {
  const { mode, args, timeout, heartbeat, supervisor, inspect, frugal } = common;
  return { ...order, mode, args, timeout, heartbeat, supervisor, inspect, frugal, ...equipment };
}

/**
 * What a mold is told of a worker; it knows the rest. So a command is short, and the kernel takes it whole. The
 * worker's end of its status channel comes with it.
 */
export interface ForkCommand extends Order {
  port?: InheritedPort;
  /** In place of the mold's: Node's own tests run another program in each worker (test/node). */
  modules?: readonly string[];
}

/** The port that all workers listen on, as descriptors of the process that has inherited it. */
export interface InheritedPort {
  /** A number, or the path of a Unix socket as PORT gives it. */
  port: number | string;
  /** Some for each family of addresses that the kernel has, one for a path; none without the addon. */
  sockets: readonly { family: SocketFamily; fd: number }[];
  /** A pipe that ends when no worker will be started any more. It is there with the addon. */
  lifeline?: number;
}

/** The value of SWARM_PRELOAD: a rule, or these packages and files. */
export type Selection = 'auto' | 'default' | readonly string[];

/** What a process loads for workers to share, and how it poses as a worker while it does. */
export interface LoadAssignment {
  /** Absolute paths of the `-r` modules, in order. */
  modules: readonly string[];
  /** The arguments given to swarm, exactly. */
  args: readonly string[];
  preload: Selection;
  /** Whether the `-r` modules are loaded as well. */
  preloadApp: boolean;
  /** The options that swarm was started with: what workers see of them. */
  given: NodeOptions;
  /** What Node would have loaded before the program, in order. The mold was started without it. */
  preloads: readonly Preload[];
  /** Packages that are known to leave something behind that workers must not share. */
  leaveOut: readonly string[];
  /** Nothing is loaded from the first of them on: to leave out these alone did not help. */
  stopsThere?: boolean;
  /** SWARM_BOOT_TIMEOUT, milliseconds. */
  bootTimeout: number;
  /** Warm-ups do not run: they have failed, or left something behind that workers must not share. */
  isCold?: boolean;
}

/** Everything a mold needs to know. */
export interface MoldAssignment extends LoadAssignment, Common {}
