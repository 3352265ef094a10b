import { loadavg } from 'node:os';
import { type ProcessMemory, type ProcessTimes, readBootTime, readMemory, readTimes } from '../machine/process-use.ts';
import type { RequestEvent } from '../supervisor/events.ts';
import type { FleetStatus, WorkerStatus } from '../supervisor/status.ts';
import type { RecentEvent } from './recent-events.ts';

/** What is seen of a swarm from outside, and how it is steered. Supervisor is one. */
export interface Supervised {
  status(): FleetStatus;
  /** The pids of swarm's processes other than the workers and itself. */
  own(): number[];
  emit(event: RequestEvent): void;
}

/** What is known of a swarm apart from its fleet. Only the events change. */
export interface Facts {
  readonly version: string;
  /** What the whole swarm may use, bytes; 0: not known. */
  readonly limit: number;
  /** The name of the dyno, or of the machine. */
  readonly host: string;
  /** What that grants, as the boot line has it: "on standard-1x (512 MB, 8 shared cores)". */
  readonly place: string;
  /** The working directory. */
  readonly directory: string;
  /** What each worker loads, as it was given. */
  readonly modules: readonly string[];
  /** The last ones that were logged, the newest last. */
  readonly events: () => readonly RecentEvent[];
}

/** What `GET /summary` answers: what the supervisor knows without a look at the processes. */
export interface Summary extends FleetStatus {
  readonly pid: number;
  readonly version: string;
  readonly host: string;
  readonly place: string;
  readonly directory: string;
  readonly modules: readonly string[];
  /** Of the supervisor, seconds. */
  readonly uptime: number;
}

/** What `GET /status` answers. Memory is bytes, processor time seconds; null where it cannot be read. */
export interface Status extends Summary {
  /** Of the machine, over the last minute. */
  readonly load: number;
  readonly memory: SwarmMemory | null;
  readonly workers: readonly (WorkerStatus & ProcessUse)[];
  /** The supervisor, and in fork mode its molds. */
  readonly others: readonly (ProcessUse & { readonly role: 'supervisor' | 'mold'; readonly pid: number })[];
  /** The last 20 that were logged, the newest last. */
  readonly events: readonly RecentEvent[];
}

export interface ProcessUse {
  /** Since it was started. In fork mode, without what its mold has used. */
  readonly cpu: number | null;
  /** When the process was started, seconds since the epoch. */
  readonly startedAt: number | null;
  /** Its proportional set size. */
  readonly pss: number | null;
  /** What it alone has. */
  readonly private: number | null;
}

/** Of all processes together. */
export interface SwarmMemory {
  readonly total: number;
  readonly private: number;
  /** What several of them have, counted once: the rest of the total. */
  readonly shared: number;
  /** What the same workers would use, each by itself, and the supervisor. */
  readonly unshared: number;
  /** What the swarm may use; null: not known. */
  readonly limit: number | null;
}

interface Figures extends Partial<ProcessTimes> {
  readonly memory: ProcessMemory | undefined;
}

/** Takes next to no time, however many workers there are. */
export function summarize(supervised: Supervised, { version, host, place, directory, modules }: Facts): Summary {
  const uptime = process.uptime();
  return { pid: process.pid, version, host, place, directory, modules, uptime, ...supervised.status() };
}

/** Takes milliseconds of processor time for each process. Never rejects. */
export async function takeStatus(supervised: Supervised, facts: Facts): Promise<Status> {
  const summary = summarize(supervised, facts);
  const molds = supervised.own();
  const measured = new Map<number, Figures>();
  const bootedAt = await readBootTime();
  // One after another: no more than one core.
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

/** One worker for each slot: of two, the one that stays. */
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
