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

/** Between two heartbeats while a worker stops: they tell what it waits for. Milliseconds. */
const STOPPING_HEARTBEAT = 1000;

/** How long a drained worker's event loop may take to run empty, milliseconds: it still writes log lines and files. */
const LAST_WORDS = 1000;

/** How long its output may go unread after that, milliseconds. Of several workers on one pipe, one may have to wait. */
const READER_TIMEOUT = 5000;

/** A drained worker exits at least this long before the deadline at which the supervisor would kill it. Milliseconds. */
const MARGIN = 200;

/**
 * The part of swarm that lives in a worker. It answers signals, drains what the application has registered, and keeps the
 * supervisor informed. Every request is idempotent.
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
  /** USR2 came first: there is no deadline until TERM comes. */
  #retiring = false;
  /** When the supervisor kills this worker; Infinity before the stop, and for a stop without a deadline. */
  #deadline = Infinity;
  /** The addon notices the supervisor's death, and ends this worker in time. */
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

  /** Installs the signal handlers. The worker may be signalled from here on. */
  start(): void {
    startMeasuring();
    this.#registry.listener = (registration) => this.#registered(registration);
    this.#signals.listen();
    // By default these suspend or end the process, or open an inspector.
    process.on('SIGTSTP', () => this.quiet());
    process.on('SIGUSR1', () => this.quiet());
    this.#answerInterrupts();
    this.#tellEnds();
    // Signals that have come since the fork, before there were handlers.
    this.#native?.releaseSignals();
    this.#guard();
    this.#link.onSupervisorGone(() => this.#orphaned());
    setInterval(() => this.#beat(), this.#assignment.heartbeat).unref();
    this.#keepTrim();
    this.#link.send({ type: 'online', workerId: this.#assignment.workerId });
  }

  /** Call this when the application is loaded and started. */
  ready(): void {
    this.#ready = true;
    this.#link.send({ type: 'ready', workerId: this.#assignment.workerId });
    if (this.#drain.isPaused) this.#reportQuiet();
    this.#beat();
    // Loading modules took more memory than the worker needs now.
    this.#native?.trim();
  }

  /** Takes no new work. Resolves when all hooks are done. */
  quiet(): Promise<unknown> {
    return this.#drain.pause();
  }

  /** Finishes the current work, then leaves. */
  stop(): void {
    this.#stop ??= this.#finish().then(() => this.#leave());
  }

  #finish(): Promise<void> {
    setInterval(() => this.#beat(), STOPPING_HEARTBEAT).unref();
    return this.#drain.finish();
  }

  #leave(): void {
    this.#drain.end();
    // The application only watches a signal. It alone knows when it has finished, and then ends by itself.
    if (this.#services().length === 0 && this.#registry.watched) return;
    // The application handles the signal, and ends by itself.
    if (this.#signals.isHandledElsewhere) return;
    // The work is done, even if something is still being loaded or awaited.
    process.exitCode ??= 0;
    this.#exitWhenWritten(-1, 0);
  }

  /**
   * @param before how much of its output had been read at the last call
   * @param silent for how long no more has been read
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

  /** The services to drain. An application that handles the stop itself also drains what it has not registered. */
  #services(): Service[] {
    const { services, unasked } = this.#registry;
    return this.#signals.isHandledElsewhere ? services.filter((service) => !unasked.has(service)) : services;
  }

  /** TERM or INT from any sender; or USR2, which has been reported already. */
  #stopSignalled(): void {
    if (!this.#retiring) this.#reportStopping(true);
  }

  /** A worker that was leaving without a deadline gets one. */
  #stopRepeated(): void {
    if (this.#retiring) this.#reportStopping(true);
    this.#retiring = false;
  }

  /** USR2: a stop without a deadline. */
  #retire(): void {
    if (this.#stop || this.#retiring || this.#deadline < Infinity) return;
    this.#retiring = true;
    this.#reportStopping(false);
    this.#signals.deliver();
  }

  /** When the supervisor dies: TERM at once, and the end at the deadline, even while the event loop is blocked. */
  #guard(): void {
    const { mode, supervisor, timeout } = this.#assignment;
    if (!this.#native || mode === 'inline') return;
    try {
      this.#native.parentDeathDeadline(supervisor, timeout);
      this.#guarded = true;
    } catch {
      // It has died already, as the status channel will tell; or the kernel cannot do this.
    }
  }

  /** The supervisor has died. Without the guard, this worker keeps its own deadline. */
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

  /** TTIN asks for a snapshot. With the addon, JavaScript that blocks the event loop does not delay it. */
  #answerInterrupts(): void {
    try {
      const line = { ...this.#link.blocked(this.#assignment.workerId), own: OWN_CODE.pathname };
      this.#native?.onInterrupt('SIGTTIN', (blocked, stack) => this.#snapshot(blocked, stack), line);
      if (this.#native) return;
    } catch {
      // This Node cannot be interrupted, or there are too many threads.
    }
    process.on('SIGTTIN', () => this.#snapshot(0, ''));
  }

  /** Reports ends that the exit status does not explain. */
  #tellEnds(): void {
    const { workerId, mode } = this.#assignment;
    process.once('beforeExit', () => {
      if (!this.#stop) this.#link.sendNow({ type: 'empty', workerId });
    });
    // V8 asks only its last listener. Node's own writes the heap snapshot that the user wants.
    if (mode === 'inline' || isStartedWith(/--heapsnapshot-near-heap-limit/)) return;
    try {
      this.#native?.onHeapLimit(STATUS_FD, encodeMessage({ type: 'heap-limit', workerId }));
    } catch {
      // This Node does not tell an addon of it.
    }
  }

  #snapshot(blocked: number, stack: string): void {
    const snapshot = [
      `busy with ${this.#drain.describe() || 'nothing'}`,
      ...describeProcess(blocked, stack !== ''),
    ].join('; ');
    this.#link.sendNow({ type: 'snapshot', workerId: this.#assignment.workerId, snapshot, stack });
  }

  /** Keeps giving freed memory back while the worker runs. */
  #keepTrim(): void {
    try {
      this.#native?.trimAfterCollections();
    } catch {
      // This Node does not tell an addon when it collects, or there are too many threads.
      setInterval(() => this.#native?.trim(), this.#assignment.heartbeat).unref();
    }
  }
}
