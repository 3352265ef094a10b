/**
 * The time during which this process ran, and one alarm. Monotonic milliseconds. A pause (SIGSTOP, a frozen container,
 * a machine that swaps) hardly counts, so it makes no worker late.
 */
export interface Clock {
  now(): number;
  /**
   * Calls back at the instant, or as soon after it as all that has arrived by then was handled. Replaces the last.
   *
   * @param pulse looks at the system's time at least this often until then, milliseconds: a pause of up to twice as long may
   *   go unnoticed
   */
  wakeAt(instant: number, callback: () => void, pulse: number): void;
  /** Cancels the alarm. From the first alarm until then the clock keeps this process alive, even if it waits for Infinity. */
  stop(): void;
}

interface Alarm {
  instant: number;
  callback: () => void;
  pulse: number;
}

/** setTimeout's longest delay, and more than any pause. */
const SILENT: Alarm = { instant: Infinity, callback: () => {}, pulse: 2 ** 31 - 1 };

export function systemClock(): Clock {
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
    elapsed += gap > 2 * alarm.pulse ? alarm.pulse : gap;
    return elapsed;
  }

  function schedule(): void {
    const delay = Math.ceil(Math.min(alarm.pulse, Math.max(0, alarm.instant - now())));
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
    const { instant, callback, pulse } = alarm;
    if (instant > now()) {
      schedule();
      return;
    }
    alarm = { ...SILENT, pulse };
    schedule();
    callback();
  }

  return {
    now,
    wakeAt(instant, callback, pulse) {
      // By the pulse until now.
      const wanted = Math.min(instant, now() + pulse);
      alarm = { instant, callback, pulse };
      // A timer that goes off earlier stays: if every event could push it back, a flood of events would silence it.
      if (ringing || (timer && due <= wanted)) return;
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
