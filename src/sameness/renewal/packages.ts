import { createRequire } from 'node:module';
import { ownerOf, pathInPackage, publishedName } from '../../loading/owner.ts';

type Exports = Record<string, unknown>;

/** Makes a package draw again, if it keeps what it has drawn in its own variables. */
interface Renewal {
  readonly name: string;
  /** The file that keeps what was drawn, or that leads to it. It is on the stack when the package draws. */
  readonly file: RegExp;
  /**
   * Called before the fork, more than once. It can prepare the package to draw again after the fork.
   *
   * @param exhaust calls a generator until it has nothing in reserve
   * @returns a step to run in each worker; undefined if none is needed
   * @throws if the package's internals have changed; it is then not renewed
   */
  prepare(exports: Exports, exhaust: Exhaust, version: number): (() => void) | undefined;
}

type Exhaust = (call: () => unknown) => undefined;
type Generator = (size?: unknown) => string;
type Pino = (options: object, stream: { write(line: string): void }) => unknown;
type Bindings = { pid?: number };
type Container = { id: string; options: { id?: string }; generate_uuid(): string };

const RENEWALS: readonly Renewal[] = [
  {
    // It keeps a string. Each id begins one character after the previous one.
    name: 'uid',
    file: /^(?:dist|single)\/index\.m?js$/,
    prepare: ({ uid }, exhaust) => exhaust(() => (uid as Generator)(1)),
  },
  {
    name: '@lukeed/uuid',
    file: /^(?:dist|secure)\/index\.m?js$/,
    prepare: ({ v4 }, exhaust) => exhaust(v4 as Generator),
  },
  {
    // Without options, v4() is crypto.randomUUID.
    name: 'uuid',
    file: /\bv4\.js$/,
    prepare: ({ default: v4 }, exhaust) => exhaust(() => (v4 as Generator)({})),
  },
  {
    // Names of temporary files. 255 of them begin alike.
    name: '@fastify/multipart',
    file: /^lib\/generateId\.js$/,
    prepare: ({ generateId }, exhaust) => exhaust(generateId as Generator),
  },
  {
    name: 'nanoid',
    file: /^index\.c?js$/,
    prepare({ nanoid }, exhaust, version) {
      if (version < 6) return exhaust(nanoid as Generator);
      // It keeps a string of characters, which grows each time. A request for the longest id leaves nothing.
      (nanoid as Generator)(32_768);
      return undefined;
    },
  },
  {
    // It reads the pid once, for all later loggers. They take it from one object, which is passed to formatters.
    name: 'pino',
    file: /^pino\.js$/,
    prepare({ pino }) {
      let base: Bindings | undefined;
      const bindings = (shown: Bindings) => {
        base = shown;
        return shown;
      };
      (pino as Pino)({ formatters: { bindings } }, { write() {} });
      if (!base || !('pid' in base)) throw new Error('its loggers have no pid');
      const shown: Bindings = base;
      return () => {
        shown.pid = process.pid;
      };
    },
  },
  {
    // Versions 1 and 2 keep a prefix, a sequence number and an increment.
    name: 'nuid',
    file: /^lib\/nuid\.js$/,
    prepare({ reset, nuid = { reset } }) {
      const generator = nuid as { reset(): void };
      return () => generator.reset();
    },
  },
  {
    // All code gets the same container. Brokers identify this process by the container's id.
    name: 'rhea',
    file: /^lib\/container\.js$/,
    prepare(exports) {
      const container = exports as unknown as Container;
      const { id } = container;
      if (id !== container.options.id) throw new Error('its id is somewhere else');
      return () => {
        // The application may have set another id.
        if (container.id !== id) return;
        container.id = container.generate_uuid();
        container.options.id = container.id;
      };
    },
  },
  {
    // It mixes each generator's seed into a pool, for callers that request entropy. A call without a seed mixes in a
    // random one.
    name: 'seedrandom',
    file: /^seedrandom\.js$/,
    prepare(exports) {
      const seedrandom = exports as unknown as () => unknown;
      return () => void seedrandom();
    },
  },
];

/** What to do about packages that have drawn. */
export interface Renewed {
  /** Files that lead to packages that are renewed. */
  readonly files: ReadonlySet<string>;
  /** Files that lead to packages that should be renewed, but whose internals have changed. */
  readonly failed: ReadonlySet<string>;
  /** Steps to run in each worker. */
  readonly steps: readonly (() => void)[];
}

type Prepare = () => (() => void) | undefined;

/** Packages that have drawn and that swarm can renew. */
export class Renewals {
  readonly #found = new Map<string, Prepare | undefined>();
  readonly #heard: () => number;

  /** @param heard returns the number of draws so far */
  constructor(heard: () => number) {
    this.#heard = heard;
  }

  /** @param files the files on the stack of a draw: paths and module URLs */
  async find(files: Iterable<string>): Promise<void> {
    for (const file of files) {
      if (!this.#found.has(file)) this.#found.set(file, await this.#find(file));
    }
  }

  prepare(): Renewed {
    const files = new Set<string>();
    const failed = new Set<string>();
    const steps: (() => void)[] = [];
    for (const [file, prepare] of this.#found) {
      if (!prepare) continue;
      try {
        const step = prepare();
        if (step) steps.push(step);
        files.add(file);
      } catch {
        failed.add(file);
      }
    }
    return { files, failed, steps };
  }

  async #find(file: string): Promise<Prepare | undefined> {
    const owner = ownerOf(file);
    const { directory } = owner;
    if (directory === undefined) return undefined;
    const path = pathInPackage(file);
    const renewal = RENEWALS.find((known) => known.file.test(path) && known.name === publishedName(owner));
    if (!renewal) return undefined;
    try {
      const require = createRequire(file);
      const { version } = require(`${directory}/package.json`) as { version: string };
      const exports: Exports = file.startsWith('file:') ? await import(file) : require(file);
      const exhaust: Exhaust = (call) => this.#exhaust(call);
      return () => renewal.prepare(exports, exhaust, Number.parseInt(version, 10));
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  /** Calls a generator until it draws, and then until one more call would draw again. */
  #exhaust(call: () => unknown): undefined {
    this.#callsUntilDraw(call);
    const calls = this.#callsUntilDraw(call);
    for (let left = calls - 1; left > 0; left -= 1) call();
  }

  #callsUntilDraw(call: () => unknown): number {
    const heard = this.#heard();
    for (let calls = 1; calls <= MANY; calls += 1) {
      call();
      if (this.#heard() > heard) return calls;
    }
    throw new Error('it does not draw');
  }
}

/** More ids than any generator keeps. */
const MANY = 5000;
