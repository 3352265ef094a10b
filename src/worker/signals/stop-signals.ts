import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { emitPast, intercept } from '../../node/process-events.ts';
import { replaceMethod } from '../../node/replace.ts';
import type { Service } from '../services/service.ts';
import { isHandled, sentinel } from './signal-listeners.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type StopSignal = (typeof STOP_SIGNALS)[number];

interface Options {
  /** Whether there is a supervisor. It passes a stop on as TERM, even if it got INT itself. */
  isSupervised: boolean;
  /** Whether swarm has something to do when this worker stops. */
  isEngaged: () => boolean;
  /** The services that swarm drains. */
  services: () => readonly Service[];
  /** The first signal of a stop has come. The application has not heard of it yet. */
  onSignal: () => void;
  /** The application has heard of the stop. What it has started by then comes before what swarm does. */
  onStop: () => void;
  /** Another signal of the same stop has come. */
  onRepeat: () => void;
  /** USR2 has come. Libraries stop on that as well, but swarm stops them by TERM instead. */
  onRetire: () => void;
  /** The application has stopped, and signals itself in order to end. */
  onReraise: () => void;
}

/**
 * Turns one stop into one signal for the application. The platform signals every process, perhaps several times, and so
 * does the supervisor.
 *
 * A worker that neither handles the signal nor takes part in draining dies of it, as in plain Node. A worker that
 * handles only INT dies of TERM.
 */
export class StopSignals {
  readonly #options: Options;
  readonly #kill = process.kill;
  /** Whether the application handles the stop that has come. Undefined until one comes. */
  #handled: boolean | undefined;
  #reraised = false;
  /** signal-exit is about to run its hooks. No listener of its own would keep another signal from ending them. */
  #dying = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** From here on, every stop signal passes through this object. */
  listen(): void {
    for (const signal of STOP_SIGNALS) intercept(signal, (next) => this.#receive(signal, next));
    process.on('SIGUSR2', this.#options.onRetire);
    if (this.#options.isSupervised) {
      intercept('SIGUSR2', () => {
        this.#options.onRetire();
        return true;
      });
      // A closed terminal sends HUP to its whole process group. The supervisor decides what follows.
      intercept('SIGHUP', () => this.#hangUp());
      process.on('SIGHUP', sentinel);
    }
    process.on('newListener', (event, listener) => {
      if (listener !== sentinel && isStopSignal(event)) this.protect(isHandled(event, this.#options.services(), 1));
    });
    process.on('removeListener', (event) => {
      if (!isStopSignal(event)) return;
      if (this.#dying) this.protect();
      else process.nextTick(() => this.protect());
    });
    this.#watchKill();
    this.protect();
  }

  /** While the application handles one of the two signals, keeps both from ending the process. */
  protect(isHandledNow = STOP_SIGNALS.some((signal) => this.#handles(signal))): void {
    const isNeeded = this.#handled !== undefined || this.#dying || this.#options.isEngaged() || isHandledNow;
    for (const signal of STOP_SIGNALS) {
      if (!isNeeded || (this.#reraised && !this.#options.isEngaged())) process.off(signal, sentinel);
      else if (!process.listeners(signal).includes(sentinel)) process.on(signal, sentinel);
    }
  }

  /** Stops this worker as TERM would. */
  deliver(): void {
    process.emit('SIGTERM', 'SIGTERM');
  }

  /**
   * Whether the application stops by itself. During a stop this does not change, although the listener may be gone by
   * then.
   */
  get isHandledElsewhere(): boolean {
    return !this.#reraised && (this.#handled ?? this.#handles('SIGTERM'));
  }

  #receive(signal: StopSignal, next: () => boolean): boolean {
    const isEngaged = this.#options.isEngaged();
    if (this.#handled !== undefined || this.#dying) {
      if (this.#reraised && !isEngaged) return next();
      this.#options.onRepeat();
      return true;
    }
    const heard = this.#heardAs(signal);
    if (heard === undefined && !isEngaged) return this.#die(signal);
    this.#handled = heard !== undefined;
    // Before any listener runs. once() removes its listener first, and the next signal would find none.
    this.protect();
    this.#options.onSignal();
    try {
      return tell(heard ?? signal);
    } finally {
      this.#options.onStop();
    }
  }

  /**
   * Ctrl-C reaches a worker as INT, and then its supervisor sends TERM. An application that handles TERM hears that.
   */
  #heardAs(signal: StopSignal): StopSignal | undefined {
    if (this.#options.isSupervised && this.#handles('SIGTERM')) return 'SIGTERM';
    return this.#handles(signal) ? signal : undefined;
  }

  #die(signal: StopSignal): boolean {
    process.off(signal, sentinel);
    if (process.listenerCount(signal) === 0) return this.#kill.call(process, process.pid, signal);
    // signal-exit removes its listeners, runs its hooks, and sends the signal again.
    this.#dying = true;
    const result = tell(signal);
    this.#dying = false;
    return result;
  }

  /**
   * Listeners that do something other than stop, such as reload a configuration, hear HUP unless this worker is
   * stopping.
   */
  #hangUp(): boolean {
    if (this.#handled !== undefined) return true;
    const stops = new Set(STOP_SIGNALS.flatMap((each) => process.listeners(each).map(textOf)));
    const listeners = process.rawListeners('SIGHUP') as Listener[];
    for (const listener of listeners) {
      if (stops.has(textOf(listener.listener ?? listener))) continue;
      Reflect.apply(listener, process, ['SIGHUP', constants.signals.SIGHUP]);
    }
    return true;
  }

  /**
   * Many applications stop, remove their listener, and signal themselves again, to end as if they had none. The process
   * itself sends no other repetition.
   */
  #watchKill(): void {
    const onKill: typeof process.kill = (pid, signal) => {
      // As Node does, accepts a pid as text, and TERM as the default.
      const stop = STOP_SIGNALS.find((each) => (signal ?? 'SIGTERM') === each || signal === constants.signals[each]);
      const isOwn = Number(pid) === process.pid;
      if (isOwn && stop && (this.#handled !== undefined || this.#dying)) this.#reraise();
      return this.#kill.call(process, pid, signal);
    };
    replaceMethod(process, 'kill', () => onKill);
    // For those who import it by name.
    syncBuiltinESMExports();
  }

  #reraise(): void {
    this.#reraised = true;
    this.protect();
    this.#options.onReraise();
  }

  #handles(signal: StopSignal): boolean {
    return isHandled(signal, this.#options.services());
  }
}

/** Passes the signal to all listeners, with Node's arguments. */
function tell(signal: StopSignal): boolean {
  return emitPast(signal, signal, constants.signals[signal]);
}

type Listener = NodeJS.SignalsListener & { listener?: NodeJS.SignalsListener };

/** The same text for listeners that do the same, even if there is one for each signal. */
function textOf(listener: NodeJS.SignalsListener): string {
  return Function.prototype.toString.call(listener).replaceAll(/SIG[A-Z0-9]+/g, 'SIG');
}

function isStopSignal(event: string | symbol): event is StopSignal {
  return (STOP_SIGNALS as readonly (string | symbol)[]).includes(event);
}
