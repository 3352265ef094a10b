import type { Native } from '../native/binding.ts';
import { OWN_CODE } from '../node/own-code.ts';
import { unreadOutput } from '../node/unread-output.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { STATUS_FD, type StatusLink } from '../protocol/channel.ts';
import { encodeMessage } from '../protocol/messages.ts';
import { Drain } from './drain.ts';
import { isStartedWith } from './flags.ts';
import type { Registration, Registry } from './registry.ts';
import type { Service } from './services/service.ts';
import { StopSignals } from './signals/stop-signals.ts';
import { activeTime, describeProcess, startMeasuring, takeDelay } from './snapshot/introspection.ts';

/** Interval of the heartbeats, which say what a worker waits for, while it stops. Milliseconds. */
const STOPPING_HEARTBEAT = 1000;

/** Time in milliseconds for a drained worker's event loop to run empty, and so finish writing log lines and files. */
const LAST_WORDS = 1000;

/** How long output can then remain unread, in milliseconds: workers that share a pipe wait for each other. */
const READER_TIMEOUT = 5000;

/** A drained worker exits at least this many milliseconds before the deadline at which the supervisor kills it. */
const MARGIN = 200;

/**
 * The part of swarm that runs in a worker. It handles signals, drains what the application has registered, and reports
 * to the supervisor. Every request is idempotent.
 */
export class Runtime {
  readonly #assignment: Assignment;
  readonly #link: StatusLink;
  readonly #registry: Registry;
  readonly #native: Native | undefined;
  readonly #signals: StopSignals;
  readonly #drain: Drain;
  #ready = false;
  #stop: Promise<void> | undefined;
  /** Stopping after USR2, so without a deadline until TERM arrives. */
  #retiring = false;
  /** When the supervisor kills this worker; Infinity before a stop and during a stop without a deadline. */
  #deadline = Infinity;
  /** The addon detects the supervisor's death, and ends this worker by its deadline. */
  #guarded = false;

  constructor(assignment: Assignment, link: StatusLink, registry: Registry, native?: Native) {
    this.#assignment = assignment;
    this.#link = link;
    this.#registry = registry;
    this.#native = native;
    this.#signals = new StopSignals({
      isSupervised: assignment.mode !== 'inline',
      isEngaged: () => registry.engaged,
      services: () => registry.services,
      onSignal: () => this.#stopSignalled(),
      onStop: () => {
        if (registry.engaged) this.stop();
      },
      onRepeat: () => this.#stopRepeated(),
      onRetire: () => this.#retire(),
      onReraise: () => void this.#stop?.then(() => this.#leave()),
    });
    this.#drain = new Drain({
      slot: assignment.slot,
      registry,
      services: () => this.#services(),
      onPause: () => {
        if (this.#ready) this.#reportQuiet();
      },
      onClose: () => this.#beat(),
    });
  }

  /** Installs the signal handlers. From then on the worker can be signalled. */
  start(): void {
    startMeasuring();
    this.#registry.listener = (registration) => this.#registered(registration);
    this.#signals.listen();
    // By default these suspend or end the process, or open an inspector.
    process.on('SIGTSTP', () => this.quiet());
    process.on('SIGUSR1', () => this.quiet());
    this.#answerInterrupts();
    this.#tellEnds();
    // Delivers signals that arrived between the fork and the installation of the handlers.
    this.#native?.releaseSignals();
    this.#guard();
    this.#link.onSupervisorGone(() => this.#orphaned());
    setInterval(() => this.#beat(), this.#assignment.heartbeat).unref();
    this.#keepTrim();
    this.#link.send({ type: 'online', workerId: this.#assignment.workerId });
  }

  /** Reports that the application is loaded and started. */
  ready(): void {
    this.#ready = true;
    this.#link.send({ type: 'ready', workerId: this.#assignment.workerId });
    if (this.#drain.isPaused) this.#reportQuiet();
    this.#beat();
    // Loading modules took more memory than the worker still needs.
    this.#native?.trim();
  }

  /** Stops taking new work. Resolves when all services are paused and all `onQuiet` hooks have finished. */
  quiet(): Promise<unknown> {
    return this.#drain.pause();
  }

  /** Finishes the current work, then exits. */
  stop(): void {
    this.#stop ??= this.#finish().then(() => this.#leave());
  }

  #finish(): Promise<void> {
    setInterval(() => this.#beat(), STOPPING_HEARTBEAT).unref();
    return this.#drain.finish();
  }

  #leave(): void {
    this.#drain.end();
    // An application that only watches an abort signal exits by itself: swarm cannot know when its work is finished.
    if (this.#services().length === 0 && this.#registry.watched) return;
    // An application that handles the signal exits by itself.
    if (this.#signals.isHandledElsewhere) return;
    // The work is done, even if a module is still loading or a promise is pending.
    process.exitCode ??= 0;
    this.#exitWhenWritten(-1, 0);
  }

  /**
   * Exits when the output has been read, or its reader has stalled.
   *
   * @param before bytes of output read by the last check
   * @param silent how long nothing has been read, in milliseconds
   */
  #exitWhenWritten(before: number, silent: number): void {
    const time = Math.min(LAST_WORDS, this.#deadline - performance.now() - MARGIN);
    setTimeout(
      () => {
        const { left, taken } = unreadOutput();
        const silence = taken === before ? silent + time : 0;
        if (left === 0 || time < LAST_WORDS || silence >= READER_TIMEOUT) process.exit();
        else this.#exitWhenWritten(taken, silence);
      },
      Math.max(0, time),
    ).unref();
  }

  /** Returns the services to drain. An application that handles the stop itself drains those it did not register. */
  #services(): Service[] {
    const { services, unasked } = this.#registry;
    return this.#signals.isHandledElsewhere ? services.filter((service) => !unasked.has(service)) : services;
  }

  /** Handles TERM or INT from any sender, or the TERM that #retire() delivers after it has reported the stop. */
  #stopSignalled(): void {
    if (!this.#retiring) this.#reportStopping(true);
  }

  /** Gives a deadline to a worker that was stopping without one. */
  #stopRepeated(): void {
    if (this.#retiring) this.#reportStopping(true);
    this.#retiring = false;
  }

  /** Handles USR2: a stop without a deadline. */
  #retire(): void {
    if (this.#stop || this.#retiring || this.#deadline < Infinity) return;
    this.#retiring = true;
    this.#reportStopping(false);
    this.#signals.deliver();
  }

  /** Arranges for TERM when the supervisor dies, and KILL at the deadline, even while the event loop is blocked. */
  #guard(): void {
    const { mode, supervisor, timeout } = this.#assignment;
    if (!this.#native || mode === 'inline') return;
    try {
      this.#native.parentDeathDeadline(supervisor, timeout);
      this.#guarded = true;
    } catch {
      // The supervisor is already dead, which the status channel will show, or the kernel does not support this.
    }
  }

  /** Stops this worker after the supervisor's death. Without the addon's guard, it enforces the deadline itself. */
  #orphaned(): void {
    console.error(`swarm: worker ${this.#assignment.slot} stops: its supervisor is gone`);
    if (this.#guarded) return;
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), this.#assignment.timeout).unref();
    this.#signals.deliver();
  }

  #registered(registration: Registration): void {
    if (registration.kind === 'engaged') this.#signals.protect();
    this.#drain.registered(registration);
    if (registration.kind === 'fork' && this.#ready) void this.#drain.run('onFork', registration.hook);
  }

  #reportQuiet(): void {
    this.#link.send({ type: 'quiet', workerId: this.#assignment.workerId });
  }

  #reportStopping(limited: boolean): void {
    if (limited) this.#deadline = performance.now() + this.#assignment.timeout;
    this.#link.send({ type: 'stopping', workerId: this.#assignment.workerId, limited });
  }

  #beat(): void {
    this.#link.send({
      type: 'heartbeat',
      workerId: this.#assignment.workerId,
      busy: this.#drain.describe(),
      delay: takeDelay(),
      active: activeTime(),
    });
  }

  /** Answers TTIN with a snapshot. With the addon, it does so even if JavaScript blocks the event loop. */
  #answerInterrupts(): void {
    try {
      const line = { ...this.#link.blocked(this.#assignment.workerId), own: OWN_CODE.pathname };
      this.#native?.onInterrupt('SIGTTIN', (blocked, stack) => this.#snapshot(blocked, stack), line);
      if (this.#native) return;
    } catch {
      // This Node cannot be interrupted, or no thread can be created.
    }
    process.on('SIGTTIN', () => this.#snapshot(0, ''));
  }

  /** Reports the causes of an exit that the exit status does not explain. */
  #tellEnds(): void {
    const { workerId, mode } = this.#assignment;
    process.once('beforeExit', () => {
      if (!this.#stop) this.#link.sendNow({ type: 'empty', workerId });
    });
    // V8 calls only the callback added last. With this flag it must be Node's, which writes the heap snapshot.
    if (mode === 'inline' || isStartedWith(/--heapsnapshot-near-heap-limit/)) return;
    try {
      this.#native?.onHeapLimit(STATUS_FD, encodeMessage({ type: 'heap-limit', workerId }));
    } catch {
      // This Node has no such callback for an addon.
    }
  }

  #snapshot(blocked: number, stack: string): void {
    const snapshot = [
      `busy with ${this.#drain.describe() || 'nothing'}`,
      ...describeProcess(blocked, stack !== ''),
    ].join('; ');
    this.#link.sendNow({ type: 'snapshot', workerId: this.#assignment.workerId, snapshot, stack });
  }

  /** Returns freed memory to the system while the worker runs. */
  #keepTrim(): void {
    try {
      this.#native?.trimAfterCollections();
    } catch {
      // This Node does not notify an addon of garbage collections, or no thread can be created.
      setInterval(() => this.#native?.trim(), this.#assignment.heartbeat).unref();
    }
  }
}
