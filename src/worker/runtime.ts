import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { STATUS_FD, type StatusLink } from '../protocol/channel.ts';
import { encodeMessage } from '../protocol/messages.ts';
import { isStartedWith } from './flags.ts';
import type { Hook, Registration, Registry } from './registry.ts';
import { NO_TIMEOUT, type Service } from './services/service.ts';
import { StopSignals } from './signals/stop-signals.ts';
import { describeBusy, type Pending } from './snapshot/busy.ts';
import { describeProcess, startMeasuring, takeDelay } from './snapshot/introspection.ts';

/** While a worker stops, it says this often what it waits for. Milliseconds. */
const STOPPING_HEARTBEAT = 1000;

/** How long a drained worker's event loop may take to run empty: log lines and files are still being written. Milliseconds. */
const LAST_WORDS = 1000;

/** What is not the application's: swarm itself. */
const OWN = new URL('..', import.meta.url).pathname;

/** The end comes this long before the deadline, at which the supervisor would kill. Milliseconds. */
const MARGIN = 200;

/**
 * The part of swarm that lives in a worker: it answers signals, runs what the application registered, and keeps the
 * supervisor informed. Every request is idempotent.
 */
export class Runtime {
  readonly #assignment: Assignment;
  readonly #link: StatusLink;
  readonly #registry: Registry;
  readonly #native: Native | undefined;
  readonly #pending = new Set<Pending>();
  readonly #signals: StopSignals;
  #ready = false;
  #quiet: Promise<unknown> | undefined;
  #stop: Promise<void> | undefined;
  /** USR2 was the first to ask: until TERM comes there is no deadline. */
  #retiring = false;
  /** When the supervisor kills this worker; Infinity: it has not begun to stop, or has no deadline. */
  #deadline = Infinity;
  /** Services that were told to stop, and those of them that have not been waited for. */
  readonly #closed = new Set<Service>();
  readonly #closing: Promise<void>[] = [];
  /** Those that take work have stopped: what they use may be closed. */
  #workDone = false;
  /** Keeps a quiet worker alive that has let go of its connections. */
  #vigil: NodeJS.Timeout | undefined;

  /** The kernel tells this worker of the supervisor's death, and ends it in time. */
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
  }

  /** Installs the signal handlers: from now on the worker may be signalled. */
  start(): void {
    startMeasuring();
    this.#registry.listener = (registration) => this.#registered(registration);
    this.#signals.listen();
    // What these do by default is to suspend or end the process, or to open an inspector.
    process.on('SIGTSTP', () => this.quiet());
    process.on('SIGUSR1', () => this.quiet());
    this.#answerInterrupts();
    this.#tellEnds();
    // Those that came since the fork, when there were no handlers.
    this.#native?.releaseSignals();
    this.#guard();
    this.#link.onSupervisorGone(() => this.#orphaned());
    setInterval(() => this.#beat(), this.#assignment.heartbeat).unref();
    this.#keepTrim();
    this.#link.send({ type: 'online', workerId: this.#assignment.workerId });
  }

  /** The application has been loaded and started. */
  ready(): void {
    this.#ready = true;
    this.#link.send({ type: 'ready', workerId: this.#assignment.workerId });
    if (this.#quiet) this.#reportQuiet();
    this.#beat();
    // Loading modules has taken more than it needs now.
    this.#native?.trim();
  }

  /** Takes no new work. Resolves when all hooks are done. */
  quiet(): Promise<unknown> {
    if (!this.#quiet) {
      this.#registry.quieting.abort();
      const hooks = this.#registry.quiet.map((hook) => this.#run('onQuiet', hook));
      const services = this.#services();
      this.#quiet = Promise.all([...hooks, ...services.map((service) => this.#pause(service))]);
      // Who pauses a worker wants it to be there until it is stopped.
      if (services.some((service) => service.quiet)) this.#vigil = setInterval(() => {}, NO_TIMEOUT);
      if (this.#ready) this.#reportQuiet();
    }
    return this.#quiet;
  }

  /** Finishes the work in hand, then leaves. */
  stop(): void {
    this.#stop ??= this.#drain().then(() => this.#leave());
  }

  async #drain(): Promise<void> {
    setInterval(() => this.#beat(), STOPPING_HEARTBEAT).unref();
    // Both signals first: what a quiet hook waits for may itself wait for the other.
    this.#registry.stopping.abort();
    await this.quiet();
    await this.#closeServices();
    // What they use may be closed now: services first, then hooks; and as with disposables, the last registered is the first.
    this.#workDone = true;
    await this.#closeServices();
    const { stop } = this.#registry;
    for (let hook = stop.pop(); hook; hook = stop.pop()) await this.#run('onStop', hook);
  }

  /** Those of which it is time, and those that are registered meanwhile. */
  async #closeServices(): Promise<void> {
    for (const service of this.#services()) this.#close(service);
    this.#beat();
    while (this.#closing.length > 0) await Promise.all(this.#closing.splice(0));
  }

  #leave(): void {
    clearInterval(this.#vigil);
    // The application only watches a signal. Nobody else knows when it has finished, so it ends by itself.
    if (this.#services().length === 0 && this.#registry.watched) return;
    // The application wants to finish something itself.
    if (this.#signals.isHandledElsewhere) return;
    // The work is done, whatever else was still being loaded or awaited.
    process.exitCode ??= 0;
    const time = Math.min(LAST_WORDS, this.#deadline - performance.now() - MARGIN);
    setTimeout(() => process.exit(), Math.max(0, time)).unref();
  }

  /** What is to be drained. */
  #services(): Service[] {
    const { services, unasked } = this.#registry;
    return this.#signals.isHandledElsewhere ? services.filter((service) => !unasked.has(service)) : services;
  }

  /** TERM or INT, from the supervisor or from anybody; or USR2, which has reported itself. */
  #stopSignalled(): void {
    if (!this.#retiring) this.#reportStopping(true);
  }

  /** A worker that leaves in its own time has a deadline from now on. */
  #stopRepeated(): void {
    if (this.#retiring) this.#reportStopping(true);
    this.#retiring = false;
  }

  /** USR2: as TERM, but without a deadline. */
  #retire(): void {
    if (this.#stop || this.#retiring || this.#deadline < Infinity) return;
    this.#retiring = true;
    this.#reportStopping(false);
    this.#signals.deliver();
  }

  /** Whatever the event loop does when the supervisor dies: TERM at once, and the end at the deadline. */
  #guard(): void {
    const { mode, supervisor, timeout } = this.#assignment;
    if (!this.#native || mode === 'inline') return;
    try {
      this.#native.parentDeathDeadline(supervisor, timeout);
      this.#guarded = true;
    } catch {
      // It has died already, which the status channel tells; or the kernel cannot do it.
    }
  }

  /** The supervisor has died. Nobody else will keep the deadline. */
  #orphaned(): void {
    console.error(`swarm: worker ${this.#assignment.slot} stops: its supervisor is gone`);
    if (this.#guarded) return;
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), this.#assignment.timeout).unref();
    this.#signals.deliver();
  }

  #registered(registration: Registration): void {
    if (registration.kind === 'engaged') this.#signals.protect();
    // It came too late for a request that was already made.
    if (registration.kind === 'service' && this.#services().includes(registration.service)) {
      if (this.#quiet) this.#quiet = Promise.all([this.#quiet, this.#pause(registration.service)]);
      if (this.#stop) this.#close(registration.service);
    }
    if (registration.kind === 'quiet' && this.#quiet) {
      this.#quiet = Promise.all([this.#quiet, this.#run('onQuiet', registration.hook)]);
    }
    if (registration.kind === 'fork' && this.#ready) void this.#run('onFork', registration.hook);
  }

  #pause(service: Service): Promise<void> {
    return this.#waitFor(`${service.name} to pause`, () => service.quiet?.(), service);
  }

  #close(service: Service): void {
    if (this.#closed.has(service) || !(service.takesWork || this.#workDone)) return;
    this.#closed.add(service);
    this.#closing.push(this.#waitFor(`${service.name} to close`, () => service.stop(), service));
  }

  #run(kind: string, hook: Hook): Promise<void> {
    return this.#waitFor(`${kind}(${hook.name})`, hook);
  }

  /** A hook that fails must not keep the others from running. */
  async #waitFor(name: string, work: () => unknown, service?: Service): Promise<void> {
    const pending = { name, service };
    this.#pending.add(pending);
    try {
      await work();
    } catch (error) {
      console.error(`swarm: worker ${this.#assignment.slot}: ${name} failed:`, error);
    } finally {
      this.#pending.delete(pending);
    }
  }

  #reportQuiet(): void {
    this.#link.send({ type: 'quiet', workerId: this.#assignment.workerId });
  }

  #reportStopping(limited: boolean): void {
    if (limited) this.#deadline = performance.now() + this.#assignment.timeout;
    this.#link.send({ type: 'stopping', workerId: this.#assignment.workerId, limited });
  }

  #beat(): void {
    this.#link.send({ type: 'heartbeat', workerId: this.#assignment.workerId, busy: this.#busy(), delay: takeDelay() });
  }

  /** TTIN. With the addon also while JavaScript blocks the event loop, which is when one wants to know. */
  #answerInterrupts(): void {
    try {
      const line = { ...this.#link.blocked(this.#assignment.workerId), own: OWN };
      this.#native?.onInterrupt('SIGTTIN', (blocked, stack) => this.#snapshot(blocked, stack), line);
      if (this.#native) return;
    } catch {
      // This Node cannot be interrupted, or there are too many threads.
    }
    process.on('SIGTTIN', () => this.#snapshot(0, ''));
  }

  /** Ends that the exit status does not explain. */
  #tellEnds(): void {
    const { workerId, mode } = this.#assignment;
    process.once('beforeExit', () => {
      if (!this.#stop) this.#link.sendNow({ type: 'empty', workerId });
    });
    // V8 asks one such listener, the last: Node's own writes the snapshot that somebody wants.
    if (mode === 'inline' || isStartedWith(/--heapsnapshot-near-heap-limit/)) return;
    try {
      this.#native?.onHeapLimit(STATUS_FD, encodeMessage({ type: 'heap-limit', workerId }));
    } catch {
      // This Node does not tell an addon.
    }
  }

  #snapshot(blocked: number, stack: string): void {
    const snapshot = [`busy with ${this.#busy() || 'nothing'}`, ...describeProcess(blocked, stack !== '')].join('; ');
    this.#link.sendNow({ type: 'snapshot', workerId: this.#assignment.workerId, snapshot, stack });
  }

  /** Memory that was freed is given back while the worker runs. */
  #keepTrim(): void {
    try {
      this.#native?.trimAfterCollections();
    } catch {
      // This Node does not say when it collects, or there are too many threads.
      setInterval(() => this.#native?.trim(), this.#assignment.heartbeat).unref();
    }
  }

  #busy(): string {
    return describeBusy(this.#registry.services, this.#pending);
  }
}
