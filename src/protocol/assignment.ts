import type { SocketFamily } from '../native/binding.ts';
import type { NodeOptions, Preload } from './invocation.ts';

/** What distinguishes a worker to be started from the others. */
export interface Order {
  /** The supervisor's serial number for this process, never reused; see WorkerMessage. */
  workerId: number;
  slot: number;
  index: number;
  count: number;
  generation: number;
}

/** What all workers of a swarm have in common. */
export interface Common {
  mode: 'fork' | 'spawn' | 'inline';
  /** The arguments of swarm, exactly as given. */
  args: readonly string[];
  /** From TERM to KILL, milliseconds. The supervisor enforces it; an orphaned worker enforces it itself. */
  timeout: number;
  /** Interval between two heartbeats, milliseconds. */
  heartbeat: number;
  /** Pid of the supervisor, which is the worker's parent while it lives. */
  supervisor: number;
  /** The inspector port of the worker in slot 0, on 127.0.0.1; the other slots get the next ones. */
  inspect?: number | undefined;
  /** Whether V8 saves memory at the expense of CPU time. */
  frugal: boolean;
}

/** What a worker loads, and what it inherits from the process that makes it. */
interface Equipment {
  /** Absolute paths of the `-r` modules, in order. */
  modules: readonly string[];
  /** Preloads of Node, in order, for the worker to load if the mold has not. */
  preloads?: readonly Preload[] | undefined;
  /** In spawn mode, the V8 flags that swarm started the process with. */
  limits?: readonly string[];
  /** For workers with a supervisor, if PORT is set. */
  port?: InheritedPort | undefined;
}

/** Everything a new worker needs to know. In spawn mode it travels in the environment. */
export interface Assignment extends Order, Common, Equipment {}

export function assign(order: Order, common: Common, equipment: Equipment): Assignment {
  const { mode, args, timeout, heartbeat, supervisor, inspect, frugal } = common;
  return { ...order, mode, args, timeout, heartbeat, supervisor, inspect, frugal, ...equipment };
}

/**
 * What a mold needs to fork a worker; it knows the rest. So the command is short, and the kernel takes it whole. The
 * worker's end of its status channel comes with it.
 */
export interface ForkCommand extends Order {
  port?: InheritedPort;
  /** Replaces the mold's modules: Node's own tests run another program in each worker (test/node). */
  modules?: readonly string[];
}

/** The port that all workers listen on, as descriptors of a process that has inherited them. */
export interface InheritedPort {
  /** A number, or the path of a Unix socket as PORT gives it. */
  port: number | string;
  /** Several for each address family of the kernel, one for a path; none without the addon. */
  sockets: readonly { family: SocketFamily; fd: number }[];
  /** A pipe that ends when no more workers will be started; undefined without the addon. */
  lifeline?: number;
}

/** The value of SWARM_PRELOAD: a rule, or a list of packages and files. */
export type Selection = 'auto' | 'default' | readonly string[];

/** What a process loads for workers to share, and how it poses as a worker meanwhile. */
export interface LoadAssignment {
  /** Absolute paths of the `-r` modules, in order. */
  modules: readonly string[];
  /** The arguments of swarm, exactly as given. */
  args: readonly string[];
  preload: Selection;
  /** Whether to load the `-r` modules too. */
  preloadApp: boolean;
  /** The Node options that workers see: those that swarm was started with. */
  given: NodeOptions;
  /** What Node would have loaded before the program, in order. The mold is started without these. */
  preloads: readonly Preload[];
  /** Packages that are known to have leftovers that workers must not share. */
  leaveOut: readonly string[];
  /** Whether to load nothing from the first of `leaveOut` on, because leaving out only these did not help. */
  stopsThere?: boolean;
  /** SWARM_BOOT_TIMEOUT, milliseconds. */
  bootTimeout: number;
  /** Whether to skip warm-ups, because they failed or have leftovers that workers must not share. */
  isCold?: boolean;
}

/** Everything a mold needs to know. */
export interface MoldAssignment extends LoadAssignment, Common {}
