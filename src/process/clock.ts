/**
 * Counts the time in which this process runs, in monotonic milliseconds, and has one alarm. A pause (SIGSTOP, a frozen
 * container, a machine that swaps) hardly counts, so it makes no worker late.
 */
export interface Clock {
  now(): number;
  /**
   * Calls back at the instant, once everything that has arrived by then was handled. Replaces the previous alarm.
   *
   * @param pulse how often to read the system's time until then, milliseconds. A pause of up to twice the pulse can go
   *   unnoticed
   */
  wakeAt(instant: number, callback: () => void, pulse: number): void;
  /** Cancels the alarm. From the first alarm until this call the clock keeps the process alive, even for Infinity. */
  stop(): void;
}

interface Alarm {
  instant: number;
  callback: () => void;
  pulse: number;
}

/** No alarm. Its pulse is setTimeout's longest delay, longer than any pause. */
const SILENT: Alarm = { instant: Infinity, callback: () => {}, pulse: 2 ** 31 - 1 };

export function systemClock(): Clock {
  let elapsed = 0;
  let lookedAt = performance.now();
  let alarm = SILENT;
  let timer: NodeJS.Timeout | undefined;
  let ringing: NodeJS.Immediate | undefined;
  /** When the timer fires. */
  let due = Infinity;

  function now(): number {
    const system = performance.now();
    const gap = system - lookedAt;
    lookedAt = system;
    // A gap of more than two pulses means that this process was not running. It counts as one pulse rather than as
    // nothing, so that time passes even if this happens again and again.
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
    // Timers run before the loop reads its pipes, so the heartbeats that arrived during a pause are still unread.
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
      // Before the new pulse applies: the time up to now is measured with the old one.
      const wanted = Math.min(instant, now() + pulse);
      alarm = { instant, callback, pulse };
      // Keep a timer that fires earlier: if every event could postpone it, a flood of events would silence it.
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
