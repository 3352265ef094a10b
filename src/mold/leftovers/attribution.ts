import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** Node's names for the handles behind descriptors. */
const HANDLES = new Set(['TCPWRAP', 'PIPEWRAP', 'UDPWRAP', 'TCPSERVERWRAP', 'PIPESERVERWRAP', 'FSEVENTWRAP']);

/** Requests to another machine, or to a server on this one. */
const CONNECTS = new Set(['GETADDRINFOREQWRAP', 'QUERYWRAP', 'TCPCONNECTWRAP']);

interface Handle {
  readonly owner: string;
  readonly type: string;
  readonly resource: WeakRef<{ fd?: number }>;
}

/**
 * Finds the load that something goes back to. What one load begins may appear during another, after a timer or a
 * look-up. Node tracks everything asynchronous for this, so it must have ended when this process is copied.
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

  /** Attributes to this load what `work` begins, now or later. */
  run<Result>(name: string, work: () => Result): Result {
    return this.#loading.run(name, work);
  }

  /** The load of the running code; undefined if it goes back to none. */
  get owner(): string | undefined {
    return this.#loading.getStore();
  }

  /** The load of an open descriptor; undefined if unknown. */
  ofDescriptor(fd: number): string | undefined {
    return this.#handles.findLast(({ resource }) => resource.deref()?.fd === fd)?.owner;
  }

  /** The load of the last file watch: one descriptor stands for all watches. */
  get ofWatch(): string | undefined {
    return this.#handles.findLast(({ type }) => type === 'FSEVENTWRAP')?.owner;
  }

  /** Loads that have connected to something since the last call, or tried to. */
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
