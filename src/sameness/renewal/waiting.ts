import { syncBuiltinESMExports } from 'node:module';
import hooks, { type EventLoopUtilization } from 'node:perf_hooks';

type Measure = typeof performance.eventLoopUtilization;

/**
 * In a copy: the time in which the original waited for the command to make it counts for nobody. To Node its event loop was
 * busy all the time, for days perhaps, because it did not turn. Now the loop has started so much later.
 *
 * @param waited milliseconds
 */
export function forgetWaiting(waited: number): void {
  const { nodeTiming, eventLoopUtilization: measure } = performance;
  const { loopStart } = nodeTiming;
  // Node counts nothing until it starts, which is going to happen in this copy.
  if (loopStart < 0) return;
  moveStart(nodeTiming, loopStart + waited);
  const eventLoopUtilization = withoutWaiting(measure, waited);
  const { Performance } = hooks as unknown as { Performance: { prototype: object } };
  // From Node 24 on it is a function of the module as well.
  for (const holder of [Performance.prototype, hooks]) {
    if ('eventLoopUtilization' in holder) Object.assign(holder, { eventLoopUtilization });
  }
  syncBuiltinESMExports();
}

function moveStart(nodeTiming: object, start: number): void {
  const descriptor = Object.getOwnPropertyDescriptor(nodeTiming, 'loopStart');
  if (!descriptor?.get) return;
  const get = Object.defineProperties(() => start, Object.getOwnPropertyDescriptors(descriptor.get));
  Object.defineProperty(nodeTiming, 'loopStart', { ...descriptor, get });
}

/**
 * @param measure Node's own
 * @param waited milliseconds
 */
export function withoutWaiting(measure: Measure, waited: number): Measure {
  // As a method, which has no prototype.
  const { eventLoopUtilization } = {
    eventLoopUtilization(...[one, two]: Parameters<Measure>): EventLoopUtilization {
      if (two) return measure(one, two);
      const now = without(waited, measure());
      return one ? measure(now, one) : now;
    },
  };
  return Object.defineProperties(eventLoopUtilization, Object.getOwnPropertyDescriptors(measure));
}

function without(waited: number, { idle, active: all }: EventLoopUtilization): EventLoopUtilization {
  const active = all - waited;
  return { idle, active, utilization: active / (idle + active) };
}
