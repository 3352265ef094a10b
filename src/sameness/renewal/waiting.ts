import { syncBuiltinESMExports } from 'node:module';
import hooks, { type EventLoopUtilization } from 'node:perf_hooks';

type Measure = typeof performance.eventLoopUtilization;

/**
 * Call this in a copy to subtract the time that the original waited for the command to fork. The original's event loop
 * did not turn, so Node counts that time, perhaps days, as busy. From now on, the loop appears to have started later.
 *
 * @param waited milliseconds
 */
export function forgetWaiting(waited: number): void {
  const { nodeTiming, eventLoopUtilization: measure } = performance;
  const { loopStart } = nodeTiming;
  // The event loop will start in this copy, and Node counts nothing before that.
  if (loopStart < 0) return;
  moveStart(nodeTiming, loopStart + waited);
  const eventLoopUtilization = withoutWaiting(measure, waited);
  const { Performance } = hooks as unknown as { Performance: { prototype: object } };
  // From Node 24 on, the module also exports the function.
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
 * @param measure Node's own function
 * @param waited milliseconds
 */
export function withoutWaiting(measure: Measure, waited: number): Measure {
  // A method, because Node's function has no prototype either.
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
