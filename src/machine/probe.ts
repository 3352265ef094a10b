import { availableParallelism } from 'node:os';
import { cpuCount, totalmem } from 'os-utils';
import { MB } from '../text/units.ts';
import { Cgroup } from './cgroup.ts';
import type { DynoType } from './heroku/catalog.ts';
import { identify } from './heroku/identify.ts';
import { Files, least, type Reading } from './reading.ts';

/** Resources of the machine that this process may use, each with its source. */
export interface Machine {
  /** Bytes. */
  readonly memory: Reading;
  /** Whether something limits this process to that memory. Otherwise it is all the memory of the machine. */
  readonly limited: boolean;
  /** At least 1. */
  readonly cores: Reading;
  /** Number of cores that a process sees. */
  readonly seenCores: number;
  /** Limit of processes and threads together; undefined if there is none. */
  readonly processes: Reading | undefined;
  /** Limit of open file descriptors of one process; undefined if there is none. */
  readonly descriptors: Reading | undefined;
  /** Types of dyno that match this machine; none if it does not look like a dyno. */
  readonly dynoTypes: readonly DynoType[];
}

/** What Node itself knows about the host. Memory in bytes. */
interface Host {
  readonly cores: number;
  readonly usableCores: number;
  readonly memory: number;
}

// Node cannot run with less than this, so lower values are not real limits.
const MIN_MEMORY = 32 * MB;
const MIN_PROCESSES = 16;
const MIN_DESCRIPTORS = 24;

/**
 * Probes the machine. Never fails: if a source cannot be read, or contains nonsense, the next one is used.
 *
 * @param root the directory to use as `/`
 * @param dyno the value of DYNO
 */
export function probeMachine(root = '/', dyno = process.env['DYNO'] ?? '', host = nodesView()): Machine {
  const files = new Files(root);
  const cgroup = new Cgroup(files);
  const physical = physicalMemory(files) ?? { value: host.memory, source: 'the memory of the machine' };
  // Some files express "no limit" as an enormous number.
  const limit = cgroup.memory({ min: MIN_MEMORY, max: physical.value });
  const memory = limit ?? physical;
  const processes = least([
    ownLimit(files, 'Max processes', MIN_PROCESSES),
    cgroup.processes({ min: MIN_PROCESSES, max: Number.MAX_SAFE_INTEGER }),
  ]);
  const seen = seenCores(files, host);
  const quota = cgroup.cpu();
  const dynoTypes = identify({ dyno, memory, cpu: quota, seenCores: seen.value, processes });
  const cores =
    least([seen, coresOf(dynoTypes), dynoTypes.length === 0 && quota ? wholeCores(quota) : undefined]) ?? seen;
  const descriptors = ownLimit(files, 'Max open files', MIN_DESCRIPTORS);
  return { memory, limited: limit !== undefined, cores, seenCores: seen.value, processes, descriptors, dynoTypes };
}

function nodesView(): Host {
  const usableCores = availableParallelism();
  // If /proc/stat is hidden (systemd's ProcSubset=pid), Node counts no cores.
  return { cores: Math.max(cpuCount(), usableCores), usableCores, memory: totalmem() * MB };
}

function physicalMemory(files: Files): Reading | undefined {
  const source = '/proc/meminfo';
  const kilobytes = Number(/^MemTotal:\s*(\d{1,12}) kB$/m.exec(files.text(source))?.[1] ?? 0);
  return kilobytes * 1024 >= MIN_MEMORY ? { value: kilobytes * 1024, source } : undefined;
}

/** The soft limit of `ulimit -u` or `ulimit -n`. Node has already raised the latter to the hard limit. */
function ownLimit(files: Files, name: string, least: number): Reading | undefined {
  const source = '/proc/self/limits';
  const value = Number(new RegExp(`^${name}\\s+(\\d{1,15})\\s`, 'm').exec(files.text(source))?.[1] ?? 0);
  return value >= least ? { value, source } : undefined;
}

/** CPU affinity (taskset, a cpuset) can leave fewer cores than the host has. */
function seenCores(files: Files, host: Host): Reading {
  const source = '/proc/self/status';
  // "0-3,8"
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(files.text(source))?.[1] ?? '';
  const ranges = [...list.matchAll(/(\d+)(?:-(\d+))?/g)];
  const allowed = ranges.reduce(
    (sum, [, first, last = first]) => sum + Math.max(0, Number(last) - Number(first) + 1),
    0,
  );
  const affinity = allowed >= 1 ? allowed : host.usableCores;
  return affinity < host.cores
    ? { value: affinity, source: 'CPU affinity' }
    : { value: host.cores, source: 'all that the machine has' };
}

/** The cores of the dyno type. If several types look alike, those of the smallest. */
function coresOf(types: readonly DynoType[]): Reading | undefined {
  return least(
    types.map(({ cores, name, shared }) => ({ value: cores, source: shared ? `a fair share on ${name}` : name })),
  );
}

/** Rounds to whole cores. 1.5 cores are enough for two workers: a single one would leave half a core idle. */
function wholeCores({ value, source }: Reading): Reading {
  return { value: Math.max(1, Math.round(value)), source };
}
