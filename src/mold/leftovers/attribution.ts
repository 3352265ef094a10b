import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** Node's names for the handles behind descriptors. */
const HANDLES = new Set(['TCPWRAP', 'PIPEWRAP', 'UDPWRAP', 'TCPSERVERWRAP', 'PIPESERVERWRAP', 'FSEVENTWRAP']);

/** Node's names for requests to another machine, or to a server on this one. */
const CONNECTS = new Set(['GETADDRINFOREQWRAP', 'QUERYWRAP', 'TCPCONNECTWRAP']);

interface Handle {
  readonly owner: string;
  readonly type: string;
  readonly resource: WeakRef<{ fd?: number }>;
}

/**
 * Attributes what is opened to the load that caused it. What one load starts may open during another, after a timer or
 * a DNS lookup. For this, Node tracks all asynchronous resources, so call end() before this process is copied.
 */
export class Attribution {
  readonly #loading = new AsyncLocalStorage<string>();
  #handles: Handle[] = [];
  readonly #connected = new Set<string>();
  readonly #hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (!HANDLES.has(type) && !CONNECTS.has(type)) return;
      const owner = this.owner;
      if (owner === undefined) return;
      if (HANDLES.has(type)) this.#handles.push({ owner, type, resource: new WeakRef(resource) });
      else this.#connected.add(owner);
    },
  }).enable();

  /** Runs `work` and attributes to this load everything that it starts, now or later. */
  run<Result>(name: string, work: () => Result): Result {
    return this.#loading.run(name, work);
  }

  /** The load that caused the running code; undefined if none did. */
  get owner(): string | undefined {
    return this.#loading.getStore();
  }

  /** Returns the load that opened a descriptor; undefined if unknown. */
  ofDescriptor(fd: number): string | undefined {
    return this.#handles.findLast(({ resource }) => resource.deref()?.fd === fd)?.owner;
  }

  /** The load that started the last file watch: all watches share one descriptor. */
  get ofWatch(): string | undefined {
    return this.#handles.findLast(({ type }) => type === 'FSEVENTWRAP')?.owner;
  }

  /** Returns the loads that connected to something, or tried to, since the last call. */
  takeConnected(): string[] {
    const names = [...this.#connected];
    this.#connected.clear();
    return names;
  }

  end(): void {
    this.#hook.disable();
    this.#loading.disable();
    this.#handles = [];
  }
}
