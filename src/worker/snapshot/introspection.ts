import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { inMB, MB, seconds } from '../../text/units.ts';

/** What keeps the event loop alive: "3 Timeout", "1 TCPSocketWrap". */
export function activeResources(): string[] {
  const counts = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) counts.set(resource, (counts.get(resource) ?? 0) + 1);
  return [...counts].map(([resource, count]) => `${count} ${resource}`);
}

/**
 * From one look at the event loop to the next, milliseconds. A look runs no JavaScript, and takes 100 microseconds of processor
 * time. What is shorter may be missed, and what is longer is seen as up to so much shorter.
 */
const RESOLUTION = 100;

let lastUtilization = performance.eventLoopUtilization();
let delays: IntervalHistogram | undefined;

/** From here on: what came before was another process's, where this one is a copy. */
export function startMeasuring(): void {
  lastUtilization = performance.eventLoopUtilization();
  delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
}

/** The longest that the event loop was held up since the last time, milliseconds. */
export function takeDelay(): number {
  if (!delays) return 0;
  // From look to look: without a delay it is the resolution.
  const delay = delays.max / 1e6 - RESOLUTION;
  delays.reset();
  return Math.max(0, Math.round(delay));
}

/** A turn of the event loop that takes longer has kept others waiting, milliseconds. */
const LONG_TURN = 50;

/**
 * The state of this process in words: memory, and how busy the event loop was since the last time.
 *
 * @param blocked for how long it has not turned, milliseconds
 * @param running whether JavaScript of the application is running
 */
export function describeProcess(blocked: number, running: boolean): string[] {
  const { used_heap_size: heapUsed, total_heap_size: heapTotal } = getHeapStatistics();
  const { utilization } = performance.eventLoopUtilization(lastUtilization);
  lastUtilization = performance.eventLoopUtilization();
  const now = blocked < LONG_TURN ? (running ? '' : ', now idle') : `, blocked for ${seconds(blocked)}`;
  return [
    `event loop ${Math.round(utilization * 100)}% busy${now}`,
    ...residentMemory(),
    `heap ${Math.round(heapUsed / MB)} of ${inMB(heapTotal)}`,
  ];
}

/** Nothing where there is no /proc to read it in. */
function residentMemory(): string[] {
  try {
    return [`${inMB(process.memoryUsage.rss())} resident`];
  } catch {
    return [];
  }
}
