import { createHook, executionAsyncId } from 'node:async_hooks';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stackAbove } from '../../sameness/call-chain.ts';
import { packageName } from '../load.ts';
import type { Leftover } from './leftovers.ts';

type Kind = 'socket' | 'listening server' | 'file watcher' | 'worker thread' | 'child process' | 'timer';

/** What Node calls the things that a module may leave behind. */
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
  /** A file of the application and the line in it, or a package. */
  readonly text: string;
  readonly isOwn: boolean;
}

interface Origin {
  readonly kind: Kind;
  /** What was being loaded. */
  readonly name: string;
  /** Undefined where it is not known. */
  readonly place: Place | undefined;
  readonly resource: { hasRef?(): boolean };
}

/** How far up the stack. */
const FRAMES = 50;

/** Everything below it belongs to swarm. */
const SWARM = new URL('..', import.meta.url).href;

/** Remembers where things come from that are left behind. It costs some time, and so it is nothing for a mold. */
export class Origins {
  readonly #alive = new Map<number, Origin>();
  /** Of all that is under way: what is opened in a callback was asked for elsewhere. */
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

  /** Whatever is made from now on is this one's. */
  enter(name: string): void {
    this.#loading = name;
  }

  end(): void {
    this.#hook.disable();
  }

  /** Where it has made such things that are still there, without timers that keep no process alive. */
  of(name: string, kind: Leftover['kind'] | 'timer'): string[] {
    const origins = [...this.#alive.values()].filter((origin) => origin.name === name && origin.kind === kind);
    const lasting = origins.filter(({ resource }) => kind !== 'timer' || resource.hasRef?.());
    return lasting.map(({ place }) => place?.text ?? name);
  }

  /** The application's own line says most, even if it only led to this. */
  #placeOf(type: string): Place | undefined {
    const cause = this.#places.get(executionAsyncId());
    // There are many of them, and nobody leaves one behind.
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

/** Without Node and swarm, the nearest first. */
function callers(): Frame[] {
  return stackAbove(callers, FRAMES).flatMap((site) => {
    const file = site.getFileName() ?? '';
    const url = file.startsWith('/') ? pathToFileURL(file).href : file;
    return url.startsWith('file:') && !url.startsWith(SWARM) ? { url, line: site.getLineNumber() } : [];
  });
}
