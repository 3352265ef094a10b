import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { optionsInForce } from '../../protocol/node-options.ts';
import { type Profiler, profilersIn } from '../../protocol/profilers.ts';

/** The inspector protocol commands of each of Node's profilers, and the file names that Node uses. */
const PROFILERS = {
  cpu: {
    prefix: 'CPU',
    suffix: 'cpuprofile',
    start: (interval = 1000) =>
      [['Profiler.enable'], ['Profiler.setSamplingInterval', { interval }], ['Profiler.start']] as const,
    stop: 'Profiler.stop',
  },
  heap: {
    prefix: 'Heap',
    suffix: 'heapprofile',
    start: (samplingInterval = 512 * 1024) =>
      [['HeapProfiler.enable'], ['HeapProfiler.startSampling', { samplingInterval }]] as const,
    stop: 'HeapProfiler.stopSampling',
  },
} as const;

/**
 * Starts the profilers of --cpu-prof and --heap-prof. Node starts them only when a process starts, and this process is
 * a copy.
 *
 * @returns a function that writes the profiles, to call when the process ends
 */
export async function recordProfiles(): Promise<() => void> {
  const profilers = profilersIn(optionsInForce());
  if (profilers.length === 0) return () => {};
  // The inspector exists: a Node without one rejects these options.
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  const writers = profilers.map((profiler, index) => {
    const { start, stop } = PROFILERS[profiler.kind];
    for (const [method, parameters] of start(profiler.interval)) session.post(method, parameters);
    const path = pathFor(profiler, index + 1);
    // post() calls its callback before it returns.
    return () => session.post(stop, (error, result) => error || write(path, (result as { profile: object }).profile));
  });
  return () => {
    for (const writeProfile of writers) writeProfile();
  };
}

/** Returns the path to which Node would write the profile: CPU.20200131.235959.PID.THREAD.001.cpuprofile. */
function pathFor({ kind, directory, name }: Profiler, serial: number): string {
  const { prefix, suffix } = PROFILERS[kind];
  const { pid } = process;
  const usual = `${prefix}.${timestamp(new Date())}.${pid}.0.${String(serial).padStart(3, '0')}.${suffix}`;
  return resolve(directory ?? '', name?.replace(/\$\{pid\}/g, String(pid)) ?? usual);
}

function timestamp(date: Date): string {
  const pad = (part: number) => String(part).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())];
  return `${day.join('')}.${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join('')}`;
}

function write(path: string, profile: object): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(profile));
  } catch (error) {
    // Synchronous, because Node may no longer flush its streams.
    writeSync(2, `The profile of process ${process.pid} could not be written: ${(error as Error).message}\n`);
  }
}
