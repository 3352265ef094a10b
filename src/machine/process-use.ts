import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Memory of a process, resident and swapped out. Bytes. */
export interface ProcessMemory {
  /** Proportional set size: its private memory, plus its part of the memory that it shares. */
  readonly pss: number;
  /** Memory that it shares with no other process. */
  readonly private: number;
  /** Memory that it would take if it shared only mapped files, as processes of the same program do. */
  readonly alone: number;
}

/** Ticks per second in /proc/<pid>/stat, on x64 and arm64. */
const USER_HZ = 100;

/**
 * Reads the memory use of a process. This costs milliseconds of CPU time, because the kernel walks all pages of the
 * process, but does not block: it runs on a thread.
 *
 * @param root the directory that contains proc
 * @returns undefined if the process has ended, or there is no smaps_rollup
 */
export async function readMemory(pid: number, root = '/'): Promise<ProcessMemory | undefined> {
  const text = await readText(join(root, 'proc', String(pid), 'smaps_rollup'));
  const figure = (name: string) => 1024 * Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
  const resident = figure('Pss');
  if (resident === 0) return undefined;
  const pss = resident + figure('SwapPss');
  // Before Linux 5.9, Pss has no breakdown. Then all resident pages that are not anonymous count in full.
  const files = /^Pss_Anon:/m.test(text)
    ? figure('Pss_File') + figure('Pss_Shmem')
    : figure('Rss') - figure('Anonymous');
  return {
    pss,
    private: figure('Private_Clean') + figure('Private_Dirty') + figure('SwapPss'),
    alone: figure('Anonymous') + files + figure('Swap'),
  };
}

/** Times of a process, in seconds. */
export interface ProcessTimes {
  /** CPU time of all its threads. */
  readonly cpu: number;
  /** Its start, since the epoch. The same at each reading, unless the system clock is set. */
  readonly startedAt: number;
}

/**
 * @param bootedAt when the machine booted, seconds since the epoch: see readBootTime()
 * @param root the directory that contains proc
 * @returns undefined if the process has ended, or there is no /proc
 */
export async function readTimes(pid: number, bootedAt: number, root = '/'): Promise<ProcessTimes | undefined> {
  const text = await readText(join(root, 'proc', String(pid), 'stat'));
  // Skips the process name, which can contain spaces and parentheses. Field 14 is user time, 15 is system time, and 22
  // is the start, since the machine booted.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, start] = [fields[11], fields[12], fields[19]].map((ticks) => Number(ticks) / USER_HZ);
  const times = { cpu: Number(user) + Number(system), startedAt: bootedAt + Number(start) };
  return Number.isNaN(times.cpu + times.startedAt) ? undefined : times;
}

/** When the machine booted, in whole seconds since the epoch; NaN if that cannot be read. */
export async function readBootTime(root = '/'): Promise<number> {
  return Number(/^btime (\d+)$/m.exec(await readText(join(root, 'proc/stat')))?.[1]);
}

/** Returns an empty string if the file cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
