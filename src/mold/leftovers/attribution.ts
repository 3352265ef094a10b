import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** What Node calls the handles behind descriptors. */
const HANDLES = new Set(['TCPWRAP', 'PIPEWRAP', 'UDPWRAP', 'TCPSERVERWRAP', 'PIPESERVERWRAP', 'FSEVENTWRAP']);

/** Requests to another machine, or to a server on this one. */
const CONNECTS = new Set(['GETADDRINFOREQWRAP', 'QUERYWRAP', 'TCPCONNECTWRAP']);

interface Handle {
  readonly owner: string;
  readonly type: string;
  readonly resource: WeakRef<{ fd?: number }>;
}

/**
 * Which load something goes back to: what was begun during one may appear during another, by a timer or after a look-up.
 * It has Node track all that is asynchronous, so it must have ended when this process is copied.
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

  /** Whatever `work` begins, now or later, goes back to this load. */
  run<Result>(name: string, work: () => Result): Result {
    return this.#loading.run(name, work);
  }

  /** Of what runs now. Undefined: nothing that a load has begun. */
  get owner(): string | undefined {
    return this.#loading.getStore();
  }

  /** Of what is open at this descriptor, where that is known. */
  ofDescriptor(fd: number): string | undefined {
    return this.#handles.findLast(({ resource }) => resource.deref()?.fd === fd)?.owner;
  }

  /** Of the last watch that was begun: all of them are behind one descriptor. */
  get ofWatch(): string | undefined {
    return this.#handles.findLast(({ type }) => type === 'FSEVENTWRAP')?.owner;
  }

  /** Loads that have connected to something since this was last asked, or tried to. */
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
