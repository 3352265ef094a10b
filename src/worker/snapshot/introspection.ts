import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { residentMemory } from '../../proc/memory.ts';
import { inMB, MB, seconds } from '../../text/units.ts';

/** Lists what keeps the event loop alive: "3 Timeout", "1 TCPSocketWrap". */
export function activeResources(): string[] {
  const counts = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) counts.set(resource, (counts.get(resource) ?? 0) + 1);
  return [...counts].map(([resource, count]) => `${count} ${resource}`);
}

/**
 * Interval between samples of the event loop, in milliseconds. A sample runs no JavaScript and costs 100 microseconds
 * of CPU time. A shorter delay can go unnoticed, and a longer one is underestimated by up to this much.
 */
const RESOLUTION = 100;

let first = performance.eventLoopUtilization();
let lastUtilization = first;
let delays: IntervalHistogram | undefined;

/** Restarts the measurements. In a forked copy, earlier measurements belong to another process. */
export function startMeasuring(): void {
  first = performance.eventLoopUtilization();
  lastUtilization = first;
  delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
}

/** Returns the longest delay of the event loop since the last call, in milliseconds. */
export function takeDelay(): number {
  if (!delays) return 0;
  // The histogram records the time between samples: without any delay, that is the resolution.
  const delay = delays.max / 1e6 - RESOLUTION;
  delays.reset();
  return Math.max(0, Math.round(delay));
}

/** Returns how long the event loop was busy since the measurements started, in milliseconds. */
export function activeTime(): number {
  return Math.max(0, Math.round(performance.eventLoopUtilization(first).active));
}

/** The event loop counts as blocked if one iteration takes longer than this, in milliseconds. */
const LONG_TURN = 50;

/**
 * Describes this process: its memory, and how busy the event loop was since the last call.
 *
 * @param blocked how long the current event loop iteration has taken, in milliseconds
 * @param running whether JavaScript of the application is running
 */
export function describeProcess(blocked: number, running: boolean): string[] {
  const { used_heap_size: heapUsed, total_heap_size: heapTotal } = getHeapStatistics();
  const { utilization } = performance.eventLoopUtilization(lastUtilization);
  lastUtilization = performance.eventLoopUtilization();
  const resident = residentMemory();
  const now = blocked < LONG_TURN ? (running ? '' : ', now idle') : `, blocked for ${seconds(blocked)}`;
  return [
    `event loop ${Math.round(utilization * 100)}% busy${now}`,
    ...(resident === undefined ? [] : [`${inMB(resident)} resident`]),
    `heap ${Math.round(heapUsed / MB)} of ${inMB(heapTotal)}`,
  ];
}
