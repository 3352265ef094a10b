import type { Registration, Registry } from './registry.ts';
import { NO_TIMEOUT, type Service } from './services/service.ts';
import { describeBusy, type Pending } from './snapshot/busy.ts';
import type { Hook } from './worker-info.ts';

interface Options {
  slot: number;
  registry: Registry;
  /** Returns the services that are to be drained now. */
  services: () => readonly Service[];
  /** Called once pausing has begun. */
  onPause: () => void;
  /** Called once services were told to close. */
  onClose: () => void;
}

/** Drains a worker: pauses its services, closes them, and runs its hooks. */
export class Drain {
  readonly #options: Options;
  readonly #registry: Registry;
  readonly #pending = new Set<Pending>();
  readonly #closed = new Set<Service>();
  /** Closings that nothing awaits yet. */
  readonly #closing: Promise<void>[] = [];
  #paused: Promise<unknown> | undefined;
  #isFinishing = false;
  /** Services that take work have stopped, so the services that they use can be closed. */
  #isWorkDone = false;
  /** Keeps a paused worker alive even if its services have closed their connections. */
  #vigil: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#registry = options.registry;
  }

  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  /** Stops taking new work. Resolves when all services are paused and all `onQuiet` hooks have finished. */
  pause(): Promise<unknown> {
    if (!this.#paused) {
      this.#registry.quieting.abort();
      const hooks = this.#registry.quiet.map((hook) => this.run('onQuiet', hook));
      const services = this.#options.services();
      this.#paused = Promise.all([...hooks, ...services.map((service) => this.#pause(service))]);
      // A paused worker must not exit until it is stopped.
      if (services.some((service) => service.quiet)) this.#vigil = setInterval(() => {}, NO_TIMEOUT);
      this.#options.onPause();
    }
    return this.#paused;
  }

  /** Finishes the current work: services first, then hooks. Call it only once. */
  async finish(): Promise<void> {
    // Abort both signals first: an onQuiet hook can depend on code that waits for stopSignal.
    this.#registry.stopping.abort();
    const paused = this.pause();
    this.#isFinishing = true;
    await paused;
    await this.#closeServices();
    this.#isWorkDone = true;
    await this.#closeServices();
    const { stop } = this.#registry;
    // In reverse order of registration, as with disposables.
    for (let hook = stop.pop(); hook; hook = stop.pop()) await this.run('onStop', hook);
  }

  /** Stops keeping the event loop alive. */
  end(): void {
    clearInterval(this.#vigil);
  }

  /** Applies a quiet or stop already in progress to a late registration. */
  registered(registration: Registration): void {
    if (!this.#paused) return;
    if (registration.kind === 'service' && this.#options.services().includes(registration.service)) {
      this.#paused = Promise.all([this.#paused, this.#pause(registration.service)]);
      if (this.#isFinishing) this.#close(registration.service);
    }
    if (registration.kind === 'quiet') {
      this.#paused = Promise.all([this.#paused, this.run('onQuiet', registration.hook)]);
    }
  }

  run(kind: string, hook: Hook): Promise<void> {
    return this.#waitFor(`${kind}(${hook.name})`, hook);
  }

  /** Describes what the worker is busy with, for the log. */
  describe(): string {
    return describeBusy(this.#registry.services, this.#pending);
  }

  /** Closes the services whose turn it is, including those registered meanwhile, and waits for them. */
  async #closeServices(): Promise<void> {
    for (const service of this.#options.services()) this.#close(service);
    this.#options.onClose();
    while (this.#closing.length > 0) await Promise.all(this.#closing.splice(0));
  }

  #pause(service: Service): Promise<void> {
    return this.#waitFor(`${service.name} to pause`, () => service.quiet?.(), service);
  }

  #close(service: Service): void {
    if (this.#closed.has(service) || !(service.takesWork || this.#isWorkDone)) return;
    this.#closed.add(service);
    this.#closing.push(this.#waitFor(`${service.name} to close`, () => service.stop(), service));
  }

  /** One failure must not keep other hooks and services from running. */
  async #waitFor(name: string, work: () => unknown, service?: Service): Promise<void> {
    const pending = { name, service };
    this.#pending.add(pending);
    try {
      await work();
    } catch (error) {
      console.error(`swarm: worker ${this.#options.slot}: ${name} failed:`, error);
    } finally {
      this.#pending.delete(pending);
    }
  }
}
