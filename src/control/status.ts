import { loadavg } from 'node:os';
import { type ProcessMemory, type ProcessTimes, readBootTime, readMemory, readTimes } from '../machine/process-use.ts';
import type { RequestEvent } from '../supervisor/events.ts';
import type { FleetStatus, WorkerStatus } from '../supervisor/status.ts';
import type { RecentEvent } from './recent-events.ts';

/** The part of the supervisor that the control servers use: they read its status and send it events. */
export interface Supervised {
  status(): FleetStatus;
  /** Returns the pids of swarm's own processes, except the workers and the supervisor. */
  own(): number[];
  emit(event: RequestEvent): void;
}

/** Facts about a swarm other than its fleet. Only the events change. */
export interface Facts {
  readonly version: string;
  /** Memory limit of the whole swarm, in bytes; 0 if unknown. */
  readonly limit: number;
  /** The name of the dyno or machine. */
  readonly host: string;
  /** Its size, as in the boot line: "on standard-1x (512 MB, 8 shared cores)". */
  readonly place: string;
  /** The working directory. */
  readonly directory: string;
  /** The modules that each worker loads, as given. */
  readonly modules: readonly string[];
  /** Returns the last logged events, the newest last. */
  readonly events: () => readonly RecentEvent[];
}

/** The answer to `GET /summary`: what the supervisor knows without measuring the processes. */
export interface Summary extends FleetStatus {
  readonly pid: number;
  readonly version: string;
  readonly host: string;
  readonly place: string;
  readonly directory: string;
  readonly modules: readonly string[];
  /** Uptime of the supervisor, in seconds. */
  readonly uptime: number;
}

/** The answer to `GET /status`. Memory is in bytes and CPU time in seconds; null if it cannot be read. */
export interface Status extends Summary {
  /** Load average of the machine over the last minute. */
  readonly load: number;
  readonly memory: SwarmMemory | null;
  readonly workers: readonly (WorkerStatus & ProcessUse)[];
  /** The supervisor, and in fork mode its molds. */
  readonly others: readonly (ProcessUse & { readonly role: 'supervisor' | 'mold'; readonly pid: number })[];
  /** The last 20 logged events, the newest last. */
  readonly events: readonly RecentEvent[];
}

export interface ProcessUse {
  /** CPU time since the process started. In fork mode it excludes the mold's. */
  readonly cpu: number | null;
  /** When the process started, in seconds since the epoch. */
  readonly startedAt: number | null;
  /** Proportional set size. */
  readonly pss: number | null;
  /** Memory that no other process shares. */
  readonly private: number | null;
}

/** Memory of all processes together. */
export interface SwarmMemory {
  readonly total: number;
  readonly private: number;
  /** Memory shared by several processes, counted once: the rest of the total. */
  readonly shared: number;
  /** What the workers and the supervisor would use if nothing were shared. */
  readonly unshared: number;
  /** Memory limit of the swarm; null if unknown. */
  readonly limit: number | null;
}

interface Figures extends Partial<ProcessTimes> {
  readonly memory: ProcessMemory | undefined;
}

/** Returns the summary. Takes almost no time, whatever the number of workers. */
export function summarize(supervised: Supervised, { version, host, place, directory, modules }: Facts): Summary {
  const uptime = process.uptime();
  return { pid: process.pid, version, host, place, directory, modules, uptime, ...supervised.status() };
}

/** Measures all processes, which takes milliseconds of CPU time for each. Never rejects. */
export async function takeStatus(supervised: Supervised, facts: Facts): Promise<Status> {
  const summary = summarize(supervised, facts);
  const molds = supervised.own();
  const measured = new Map<number, Figures>();
  const bootedAt = await readBootTime();
  // One after another, so that this uses at most one core.
  for (const pid of [process.pid, ...molds, ...summary.workers.flatMap((worker) => worker.pid ?? [])]) {
    measured.set(pid, { memory: await readMemory(pid), ...(await readTimes(pid, bootedAt)) });
  }
  const useOf = (pid: number | null): ProcessUse => {
    const { memory, cpu, startedAt } = (pid === null ? undefined : measured.get(pid)) ?? {};
    return {
      cpu: cpu ?? null,
      startedAt: startedAt ?? null,
      pss: memory?.pss ?? null,
      private: memory?.private ?? null,
    };
  };
  return {
    ...summary,
    load: loadavg()[0] ?? 0,
    memory: swarmMemory(measured, molds, facts.limit),
    workers: summary.workers.map((worker) => ({ ...worker, ...useOf(worker.pid) })),
    others: [
      { role: 'supervisor', pid: process.pid, ...useOf(process.pid) },
      ...molds.map((pid) => ({ role: 'mold' as const, pid, ...useOf(pid) })),
    ],
    events: facts.events(),
  };
}

/** Returns one worker per slot. During a replacement, that is the new one. */
export function lastInSlots({ workers }: Status): Status['workers'][number][] {
  return [...new Map(workers.map((worker) => [worker.slot, worker])).values()];
}

function swarmMemory(
  measured: ReadonlyMap<number, Figures>,
  molds: readonly number[],
  limit: number,
): SwarmMemory | null {
  const known = [...measured].flatMap(([pid, { memory }]) => (memory ? [{ pid, ...memory }] : []));
  if (known.length === 0) return null;
  const sum = (rows: typeof known, figure: keyof ProcessMemory) => rows.reduce((all, row) => all + row[figure], 0);
  const total = sum(known, 'pss');
  const own = sum(known, 'private');
  // Without sharing there would be no mold.
  const unshared = sum(
    known.filter(({ pid }) => !molds.includes(pid)),
    'alone',
  );
  return { total, private: own, shared: total - own, unshared, limit: limit || null };
}
