import { createHook, executionAsyncId } from 'node:async_hooks';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageName } from '../../loading/owner.ts';
import { callSitesAbove } from '../../node/call-sites.ts';
import { isOwnCode } from '../../node/own-code.ts';
import type { Leftover } from './leftovers.ts';

type Kind = 'socket' | 'listening server' | 'file watcher' | 'worker thread' | 'child process' | 'timer';

/** Leftovers, by Node's name for the asynchronous resource. */
const KINDS: Readonly<Record<string, Kind>> = {
  TCPWRAP: 'socket',
  PIPEWRAP: 'socket',
  UDPWRAP: 'socket',
  GETADDRINFOREQWRAP: 'socket',
  QUERYWRAP: 'socket',
  TCPSERVERWRAP: 'listening server',
  PIPESERVERWRAP: 'listening server',
  FSEVENTWRAP: 'file watcher',
  WORKER: 'worker thread',
  PROCESSWRAP: 'child process',
  Timeout: 'timer',
};

interface Place {
  /** A file and line of the application, or a package. */
  readonly text: string;
  readonly isOwn: boolean;
}

interface Origin {
  readonly kind: Kind;
  /** The load during which it was created. */
  readonly name: string;
  /** Undefined if unknown. */
  readonly place: Place | undefined;
  readonly resource: { hasRef?(): boolean };
}

/** How far up the stack to look. */
const FRAMES = 50;

/** Records the line that created each leftover. That is slow, so only `swarm doctor` does it, never a mold. */
export class LeftoverOrigins {
  readonly #alive = new Map<number, Origin>();
  /** The places of all live resources, by id: what a callback opens was requested elsewhere. */
  readonly #places = new Map<number, Place>();
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      const place = this.#placeOf(type);
      const kind = KINDS[type];
      if (place) this.#places.set(id, place);
      if (kind) this.#alive.set(id, { kind, name: this.#loading, place, resource });
    },
    destroy: (id) => {
      this.#places.delete(id);
      this.#alive.delete(id);
    },
  }).enable();
  #loading = '';

  /** Attributes everything created from now on to this load. */
  enter(name: string): void {
    this.#loading = name;
  }

  end(): void {
    this.#hook.disable();
  }

  /** Returns the places where a load created leftovers of this kind. Timers that are unref'd do not count. */
  of(name: string, kind: Leftover['kind'] | 'timer'): string[] {
    const origins = [...this.#alive.values()].filter((origin) => origin.name === name && origin.kind === kind);
    const lasting = origins.filter(({ resource }) => kind !== 'timer' || resource.hasRef?.());
    return lasting.map(({ place }) => place?.text ?? name);
  }

  /** Prefers a line of the application, even if it is only an indirect cause. */
  #placeOf(type: string): Place | undefined {
    const cause = this.#places.get(executionAsyncId());
    // There are many promises, and none is a leftover.
    const here = type === 'PROMISE' ? undefined : nearest(callers());
    return here?.isOwn || !cause?.isOwn ? (here ?? cause) : cause;
  }
}

interface Frame {
  readonly url: string;
  readonly line: number | null;
}

function nearest(frames: readonly Frame[]): Place | undefined {
  const own = frames.find(({ url }) => packageName(url) === undefined);
  if (own) return { text: `${relative(process.cwd(), fileURLToPath(own.url))}:${own.line}`, isOwn: true };
  const name = frames[0] && packageName(frames[0].url);
  return name === undefined ? undefined : { text: name, isOwn: false };
}

/** Returns the callers, nearest first, without Node's and swarm's own code. */
function callers(): Frame[] {
  return callSitesAbove(callers, FRAMES).flatMap((site) => {
    const file = site.getFileName() ?? '';
    const url = file.startsWith('/') ? pathToFileURL(file).href : file;
    return url.startsWith('file:') && !isOwnCode(url) ? { url, line: site.getLineNumber() } : [];
  });
}
