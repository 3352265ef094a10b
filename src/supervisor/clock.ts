/** Time, as the supervisor sees it: an instant, and one alarm. Monotonic milliseconds. */
export interface Clock {
  now(): number;
  /** Calls back at the instant, or as soon after it as all that has arrived by then was handled. Replaces the last. */
  wakeAt(instant: number, callback: () => void): void;
}

/** setTimeout's longest delay; a later alarm goes off early, and finds nothing to do. */
const LONGEST_DELAY = 2 ** 31 - 1;

export function systemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  return {
    now: () => performance.now(),
    wakeAt(instant, callback) {
      clearTimeout(timer);
      // Never none: a supervisor that waits for a signal, and for nothing else, is to stay. Node would let it end.
      const delay = Math.min(LONGEST_DELAY, Math.max(0, instant - performance.now()));
      // Timers run before the loop reads its pipes. After a pause of this process (a suspended machine, swapping) the
      // heartbeats of that time are still unread, and everybody would look dead.
      timer = setTimeout(() => setImmediate(callback), Math.ceil(delay));
    },
  };
}
