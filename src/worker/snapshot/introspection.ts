import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { residentMemory } from '../../proc/memory.ts';
import { inMB, MB, seconds } from '../../text/units.ts';

/** What keeps the event loop alive: "3 Timeout", "1 TCPSocketWrap". */
export function activeResources(): string[] {
  const counts = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) counts.set(resource, (counts.get(resource) ?? 0) + 1);
  return [...counts].map(([resource, count]) => `${count} ${resource}`);
}

/**
 * Between two looks at the event loop, milliseconds. A look runs no JavaScript and costs 100 microseconds of processor time.
 * A shorter delay may go unnoticed; a longer one seems shorter by up to this much.
 */
const RESOLUTION = 100;

let first = performance.eventLoopUtilization();
let lastUtilization = first;
let delays: IntervalHistogram | undefined;

/** Starts the measurements afresh. In a copy, earlier measurements belong to another process. */
export function startMeasuring(): void {
  first = performance.eventLoopUtilization();
  lastUtilization = first;
  delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
}

/** The longest delay of the event loop since the last call, milliseconds. */
export function takeDelay(): number {
  if (!delays) return 0;
  // It measures from look to look: without a delay, that is the resolution.
  const delay = delays.max / 1e6 - RESOLUTION;
  delays.reset();
  return Math.max(0, Math.round(delay));
}

/** For how long the event loop has run, rather than waited, since the measurements were started; milliseconds. */
export function activeTime(): number {
  return Math.max(0, Math.round(performance.eventLoopUtilization(first).active));
}

/** A longer turn of the event loop keeps others waiting, milliseconds. */
const LONG_TURN = 50;

/**
 * The state of this process in words: memory, and how busy the event loop was since the last call.
 *
 * @param blocked for how long the event loop has not turned, milliseconds
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
