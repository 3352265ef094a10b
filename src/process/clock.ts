/**
 * Time in which this process ran, and one alarm. Monotonic milliseconds. A pause (SIGSTOP, a frozen container, a machine
 * that swaps) hardly moves it, so it makes nobody late.
 */
export interface Clock {
  now(): number;
  /** Calls back at the instant, or as soon after it as all that has arrived by then was handled. Replaces the last. */
  wakeAt(instant: number, callback: () => void): void;
  /** Cancels the alarm. From the first alarm until then the clock keeps this process alive, even if it waits for Infinity. */
  stop(): void;
}

/** The clock looks at the system's time at least this often, milliseconds. */
const LONGEST_PULSE = 1000;

/**
 * The pulse for a process that grants others these durations: a pause that is too short to be noticed must not use up any
 * of them.
 *
 * @param durations milliseconds; 0: unlimited
 */
export function pulseFor(durations: readonly number[]): number {
  return Math.min(LONGEST_PULSE, ...durations.filter((each) => each > 0).map((each) => each / 4));
}

interface Alarm {
  instant: number;
  callback: () => void;
}

const SILENT: Alarm = { instant: Infinity, callback: () => {} };

/** @param pulse the longest that the clock goes without looking at the system's time, milliseconds */
export function systemClock(pulse = LONGEST_PULSE): Clock {
  let elapsed = 0;
  let lookedAt = performance.now();
  let alarm = SILENT;
  let timer: NodeJS.Timeout | undefined;
  let ringing: NodeJS.Immediate | undefined;
  /** When the timer goes off. */
  let due = Infinity;

  function now(): number {
    const system = performance.now();
    const gap = system - lookedAt;
    lookedAt = system;
    // A look that comes twice a pulse late: this process did not run. It counts as one pulse rather than as nothing, so
    // that time passes even where this happens again and again.
    elapsed += gap > 2 * pulse ? pulse : gap;
    return elapsed;
  }

  function schedule(): void {
    const delay = Math.ceil(Math.min(pulse, Math.max(0, alarm.instant - now())));
    due = elapsed + delay;
    timer = setTimeout(beat, delay);
  }

  function beat(): void {
    timer = undefined;
    // Timers run before the loop reads its pipes: after a pause, the heartbeats of that time are still unread.
    if (alarm.instant <= now()) ringing = setImmediate(ring);
    else schedule();
  }

  function ring(): void {
    ringing = undefined;
    const { instant, callback } = alarm;
    if (instant > now()) {
      schedule();
      return;
    }
    alarm = SILENT;
    schedule();
    callback();
  }

  return {
    now,
    wakeAt(instant, callback) {
      alarm = { instant, callback };
      // A timer that goes off earlier stays: if every event could push it back, a flood of events would silence it.
      if (ringing || (timer && due <= instant)) return;
      clearTimeout(timer);
      schedule();
    },
    stop() {
      clearTimeout(timer);
      clearImmediate(ringing);
      timer = undefined;
      ringing = undefined;
      alarm = SILENT;
    },
  };
}
