import { createRequire } from 'node:module';
import { ownerOf, pathInPackage, publishedName } from '../../loading/owner.ts';

type Exports = Record<string, unknown>;

/** How a package that keeps what it has drawn in variables of its own is made to draw anew. */
interface Renewal {
  readonly name: string;
  /** The file that keeps it, or that leads to it, in the package: it is on the stack when the package draws. */
  readonly file: RegExp;
  /**
   * Called before the fork, more than once. It may see to it that the package draws anew after it.
   *
   * @param exhaust calls a generator until nothing is left of what it keeps
   * @returns what is left to do in each worker
   * @throws where the package is not as it is known: then it is not renewed
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
    // It keeps a string, in which each id begins one character after the last.
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
    // Without options it would be crypto.randomUUID.
    name: 'uuid',
    file: /\bv4\.js$/,
    prepare: ({ default: v4 }, exhaust) => exhaust(() => (v4 as Generator)({})),
  },
  {
    // The names of temporary files, 255 with the same beginning.
    name: '@fastify/multipart',
    file: /^lib\/generateId\.js$/,
    prepare: ({ generateId }, exhaust) => exhaust(generateId as Generator),
  },
  {
    name: 'nanoid',
    file: /^index\.c?js$/,
    prepare({ nanoid }, exhaust, version) {
      if (version < 6) return exhaust(nanoid as Generator);
      // It keeps a string of characters, a longer one each time. Asked for the longest that it makes, it has none left.
      (nanoid as Generator)(32_768);
      return undefined;
    },
  },
  {
    // It reads the pid once, for all loggers to come. They have it from one object, which is shown to a formatter.
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
    // Of version 1 and 2, which begin with a prefix, a sequence number and an increment.
    name: 'nuid',
    file: /^lib\/nuid\.js$/,
    prepare({ reset, nuid = { reset } }) {
      const generator = nuid as { reset(): void };
      return () => generator.reset();
    },
  },
  {
    // The container that everybody gets has an id, by which brokers know this process.
    name: 'rhea',
    file: /^lib\/container\.js$/,
    prepare(exports) {
      const container = exports as unknown as Container;
      const { id } = container;
      if (id !== container.options.id) throw new Error('its id is somewhere else');
      return () => {
        // Unless the application has given it one.
        if (container.id !== id) return;
        container.id = container.generate_uuid();
        container.options.id = container.id;
      };
    },
  },
  {
    // It mixes what each generator is seeded with into a pool, for those that ask for entropy. Without a seed that is random.
    name: 'seedrandom',
    file: /^seedrandom\.js$/,
    prepare(exports) {
      const seedrandom = exports as unknown as () => unknown;
      return () => void seedrandom();
    },
  },
];

/** What was found to do about packages that have drawn. */
export interface Renewed {
  /** Those that lead to what is renewed. */
  readonly files: ReadonlySet<string>;
  /** Those that lead to what should be, but is not as it is known. */
  readonly failed: ReadonlySet<string>;
  /** To be done in each worker. */
  readonly steps: readonly (() => void)[];
}

type Prepare = () => (() => void) | undefined;

/** Packages that have drawn, as far as it is known how to renew them. */
export class Renewals {
  readonly #found = new Map<string, Prepare | undefined>();
  readonly #heard: () => number;

  /** @param heard how often something was drawn so far */
  constructor(heard: () => number) {
    this.#heard = heard;
  }

  /** @param files those that were on the stack when something was drawn: paths, and URLs of ES modules */
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

  /** Until it draws; and then once less than it can be called until it draws again. */
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

/** No generator keeps so many ids. */
const MANY = 5000;
