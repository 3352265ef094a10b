import type { Registration, Registry } from './registry.ts';
import { NO_TIMEOUT, type Service } from './services/service.ts';
import { describeBusy, type Pending } from './snapshot/busy.ts';
import type { Hook } from './worker-info.ts';

interface Options {
  slot: number;
  registry: Registry;
  /** The services to drain, as of now. */
  services: () => readonly Service[];
  /** Pausing has begun. */
  onPause: () => void;
  /** Services have been told to close. */
  onClose: () => void;
}

/** Brings the work of a worker to its end: pauses, then closes services, and runs hooks. */
export class Drain {
  readonly #options: Options;
  readonly #registry: Registry;
  readonly #pending = new Set<Pending>();
  readonly #closed = new Set<Service>();
  /** Closed services that nothing has waited for yet. */
  readonly #closing: Promise<void>[] = [];
  #paused: Promise<unknown> | undefined;
  #isFinishing = false;
  /** Services that take work have stopped, so the services that they use may be closed. */
  #isWorkDone = false;
  /** Keeps a paused worker alive that has let go of its connections. */
  #vigil: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#registry = options.registry;
  }

  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  /** Takes no new work. Resolves when all hooks are done. */
  pause(): Promise<unknown> {
    if (!this.#paused) {
      this.#registry.quieting.abort();
      const hooks = this.#registry.quiet.map((hook) => this.run('onQuiet', hook));
      const services = this.#options.services();
      this.#paused = Promise.all([...hooks, ...services.map((service) => this.#pause(service))]);
      // A paused worker stays until it is stopped.
      if (services.some((service) => service.quiet)) this.#vigil = setInterval(() => {}, NO_TIMEOUT);
      this.#options.onPause();
    }
    return this.#paused;
  }

  /** Finishes the current work: services first, then hooks. Call it once. */
  async finish(): Promise<void> {
    // Both signals first: a quiet hook may wait for something that waits for the other signal.
    this.#registry.stopping.abort();
    const paused = this.pause();
    this.#isFinishing = true;
    await paused;
    await this.#closeServices();
    this.#isWorkDone = true;
    await this.#closeServices();
    const { stop } = this.#registry;
    // As with disposables, the last registered is the first.
    for (let hook = stop.pop(); hook; hook = stop.pop()) await this.run('onStop', hook);
  }

  /** Lets go of the event loop. */
  end(): void {
    clearInterval(this.#vigil);
  }

  /** Catches up with a registration that comes after the request that it is for. */
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

  /** What the worker is busy with, for the log. */
  describe(): string {
    return describeBusy(this.#registry.services, this.#pending);
  }

  /** The hooks whose turn it is, and those that are registered during them. */
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
