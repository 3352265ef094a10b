import { availableParallelism } from 'node:os';
import { cpuCount, totalmem } from 'os-utils';
import { MB } from '../text/units.ts';
import { Cgroup } from './cgroup.ts';
import type { DynoType } from './heroku/catalog.ts';
import { identify } from './heroku/identify.ts';
import { Files, least, type Reading } from './reading.ts';

/** What this process may use of the machine that it runs on, each with where that was found. */
export interface Machine {
  /** Bytes. */
  readonly memory: Reading;
  /** Something limits it to that much; otherwise it is all there is. */
  readonly limited: boolean;
  /** At least 1. */
  readonly cores: Reading;
  /** The cores that a process sees. */
  readonly seenCores: number;
  /** Processes and threads together; undefined: no limit. */
  readonly processes: Reading | undefined;
  /** That one process may have open; undefined: no limit. */
  readonly descriptors: Reading | undefined;
  /** The types of dyno that look like this; none: it is not known to be a dyno. */
  readonly dynoTypes: readonly DynoType[];
}

/** What Node itself can tell of the host. Bytes. */
interface Host {
  readonly cores: number;
  readonly usableCores: number;
  readonly memory: number;
}

/** No Node lives in less. */
const MIN_MEMORY = 32 * MB;
/** Nor with fewer threads. */
const MIN_PROCESSES = 16;
/** Nor with fewer descriptors. */
const MIN_DESCRIPTORS = 24;

/**
 * Nothing here fails. What cannot be read, or is nonsense, is passed over, and the next source is used.
 *
 * @param root the directory that stands for `/`
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
  // If /proc/stat is hidden (systemd's ProcSubset=pid), Node counts none.
  return { cores: Math.max(cpuCount(), usableCores), usableCores, memory: totalmem() * MB };
}

function physicalMemory(files: Files): Reading | undefined {
  const source = '/proc/meminfo';
  const kilobytes = Number(/^MemTotal:\s*(\d{1,12}) kB$/m.exec(files.text(source))?.[1] ?? 0);
  return kilobytes * 1024 >= MIN_MEMORY ? { value: kilobytes * 1024, source } : undefined;
}

/** `ulimit -u`, `ulimit -n`: soft limits. Node has raised that of descriptors to the hard one. */
function ownLimit(files: Files, name: string, least: number): Reading | undefined {
  const source = '/proc/self/limits';
  const value = Number(new RegExp(`^${name}\\s+(\\d{1,15})\\s`, 'm').exec(files.text(source))?.[1] ?? 0);
  return value >= least ? { value, source } : undefined;
}

/** CPU affinity (taskset, a cpuset) leaves fewer than the host has. */
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

/** If several types look alike: what they have in common. */
function coresOf(types: readonly DynoType[]): Reading | undefined {
  return least(
    types.map(({ cores, name, shared }) => ({ value: cores, source: shared ? `a fair share on ${name}` : name })),
  );
}

/** One and a half cores are for two workers: with one, half a core would have nothing to do. */
function wholeCores({ value, source }: Reading): Reading {
  return { value: Math.max(1, Math.round(value)), source };
}
