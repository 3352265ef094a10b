import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { emitPast, intercept } from '../../node/process-events.ts';
import { replaceMethod } from '../../node/replace.ts';
import type { Service } from '../services/service.ts';
import { isHandled, sentinel } from './signal-listeners.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type StopSignal = (typeof STOP_SIGNALS)[number];

interface Options {
  /** Whether there is a supervisor. It passes a stop on as TERM, even if it received INT. */
  isSupervised: boolean;
  /** Whether swarm has something to do when this worker stops. */
  isEngaged: () => boolean;
  /** Returns the services that swarm drains. */
  services: () => readonly Service[];
  /** Called on the first signal of a stop, before the application's listeners. */
  onSignal: () => void;
  /** Called after the application's listeners, so that their shutdown starts before swarm's. */
  onStop: () => void;
  /** Called on each further signal of the same stop. */
  onRepeat: () => void;
  /** Called on USR2. Some libraries also stop on USR2, but swarm stops them with TERM instead. */
  onRetire: () => void;
  /** Called when the application has stopped and signals itself in order to end. */
  onReraise: () => void;
}

/**
 * Turns a stop into exactly one signal for the application, although the platform and the supervisor may each signal
 * the process several times.
 *
 * A worker that neither handles the signal nor takes part in draining dies of it, as in plain Node. A worker that
 * handles only INT dies of TERM.
 */
export class StopSignals {
  readonly #options: Options;
  readonly #kill = process.kill;
  /** Whether the application handles the current stop. Undefined before a stop. */
  #handled: boolean | undefined;
  #reraised = false;
  /** signal-exit is running its hooks. It has removed its listeners, so another signal would cut the hooks short. */
  #dying = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Routes every stop signal through this object from now on. */
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

  /** Keeps TERM and INT from ending the process as long as the application handles either of them. */
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

  /** Whether the application stops by itself. Fixed for the duration of a stop, even if its listener is removed. */
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
    // Before any listener runs: a once() listener is removed before its call, and the next signal would find none.
    this.protect();
    this.#options.onSignal();
    try {
      return tell(heard ?? signal);
    } finally {
      this.#options.onStop();
    }
  }

  /**
   * Returns the signal to pass to the application, if it handles one. Ctrl-C reaches a worker as INT, and the
   * supervisor then sends TERM, so an application that handles TERM gets TERM.
   */
  #heardAs(signal: StopSignal): StopSignal | undefined {
    if (this.#options.isSupervised && this.#handles('SIGTERM')) return 'SIGTERM';
    return this.#handles(signal) ? signal : undefined;
  }

  #die(signal: StopSignal): boolean {
    process.off(signal, sentinel);
    if (process.listenerCount(signal) === 0) return this.#kill.call(process, process.pid, signal);
    // Now signal-exit removes its listeners, runs its hooks, and sends the signal again.
    this.#dying = true;
    const result = tell(signal);
    this.#dying = false;
    return result;
  }

  /** Passes HUP to listeners that do not stop, such as one that reloads a configuration, unless a stop has begun. */
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
   * Detects a re-raised signal. Many applications stop, remove their listener, and signal themselves again, in order to
   * die of the signal. A repeated stop from elsewhere never comes from the process itself.
   */
  #watchKill(): void {
    const onKill: typeof process.kill = (pid, signal) => {
      // Like Node, accepts a pid as a string, and defaults to TERM.
      const stop = STOP_SIGNALS.find((each) => (signal ?? 'SIGTERM') === each || signal === constants.signals[each]);
      const isOwn = Number(pid) === process.pid;
      if (isOwn && stop && (this.#handled !== undefined || this.#dying)) this.#reraise();
      return this.#kill.call(process, pid, signal);
    };
    replaceMethod(process, 'kill', () => onKill);
    // Updates named imports.
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

/** Calls all listeners of the signal, with the arguments that Node passes. */
function tell(signal: StopSignal): boolean {
  return emitPast(signal, signal, constants.signals[signal]);
}

type Listener = NodeJS.SignalsListener & { listener?: NodeJS.SignalsListener };

/** Returns the source of a listener without its signal names: equal for listeners that differ only in the signal. */
function textOf(listener: NodeJS.SignalsListener): string {
  return Function.prototype.toString.call(listener).replaceAll(/SIG[A-Z0-9]+/g, 'SIG');
}

function isStopSignal(event: string | symbol): event is StopSignal {
  return (STOP_SIGNALS as readonly (string | symbol)[]).includes(event);
}
