import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a process holds, in memory and swapped out. Bytes. */
export interface ProcessMemory {
  /** Its proportional set size: what it has alone, and its share of what it has with others. */
  readonly pss: number;
  /** What it alone has. */
  readonly private: number;
  /** What it would hold if it shared with others only what it has mapped from files, as processes of the same program do. */
  readonly alone: number;
}

/** The kernel's unit of time in /proc/<pid>/stat, on x64 and arm64: ticks a second. */
const USER_HZ = 100;

/**
 * Costs milliseconds of processor time, as the kernel walks all pages of the process; on a thread, so that this one goes on.
 *
 * @param root the directory in which proc is
 * @returns undefined where it cannot be read: it has ended, or there is no smaps_rollup
 */
export async function readMemory(pid: number, root = '/'): Promise<ProcessMemory | undefined> {
  const text = await readText(join(root, 'proc', String(pid), 'smaps_rollup'));
  const figure = (name: string) => 1024 * Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
  const resident = figure('Pss');
  if (resident === 0) return undefined;
  const pss = resident + figure('SwapPss');
  // Before Linux 5.9 the parts of the share are not known: then all that it has in memory counts as its own.
  const files = /^Pss_Anon:/m.test(text)
    ? figure('Pss_File') + figure('Pss_Shmem')
    : figure('Rss') - figure('Anonymous');
  return {
    pss,
    private: figure('Private_Clean') + figure('Private_Dirty') + figure('SwapPss'),
    alone: figure('Anonymous') + files + figure('Swap'),
  };
}

/** What the kernel says of the times of a process. Seconds. */
export interface ProcessTimes {
  /** The processor time that it has used in all its threads. */
  readonly cpu: number;
  /** When it was started, since the epoch. It is the same at each reading, unless the clock is set. */
  readonly startedAt: number;
}

/**
 * @param bootedAt when the machine was booted, seconds since the epoch: see readBootTime
 * @param root the directory in which proc is
 * @returns undefined where it cannot be read: it has ended, or there is no /proc
 */
export async function readTimes(pid: number, bootedAt: number, root = '/'): Promise<ProcessTimes | undefined> {
  const text = await readText(join(root, 'proc', String(pid), 'stat'));
  // The name before, in parentheses, may have spaces and parentheses in it. User time is the 14th field, system time the
  // next, and the start, since the machine was booted, the 22nd.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, start] = [fields[11], fields[12], fields[19]].map((ticks) => Number(ticks) / USER_HZ);
  const times = { cpu: Number(user) + Number(system), startedAt: bootedAt + Number(start) };
  return Number.isNaN(times.cpu + times.startedAt) ? undefined : times;
}

/** When the machine was booted, in whole seconds since the epoch; NaN where it cannot be read. */
export async function readBootTime(root = '/'): Promise<number> {
  return Number(/^btime (\d+)$/m.exec(await readText(join(root, 'proc/stat')))?.[1]);
}

/** Empty where it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
