import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Something was drawn that a package may keep in a form of its own, in which nobody can renew it. */
export interface Draw {
  /** `crypto.randomUUID`, `process.pid`, … */
  readonly call: string;
  /** The package, or the file where it belongs to none. */
  readonly by: string;
}

/** What is known of a package that keeps what it has drawn in variables of its own. */
interface Rule {
  /** The end of the path of the file that draws: its place in an installed package. */
  readonly file: string;
  /**
   * Called before the fork. It may see to it that the package draws anew after it.
   *
   * @returns what is left to do in each worker
   */
  prepare(exports: Record<string, unknown>, version: string): (() => void) | undefined;
}

type Nanoid = (size: number) => string;
type Pino = (options: object, stream: { write(line: string): void }) => unknown;
type Bindings = { pid?: number };

const RULES: readonly Rule[] = [
  {
    // From version 6 on it keeps a string of characters. Asked for the longest that it makes, it has none left.
    file: '/node_modules/nanoid/index.js',
    prepare({ nanoid }, version) {
      if (Number.parseInt(version, 10) >= 6) (nanoid as Nanoid)(32_768);
      return undefined;
    },
  },
  {
    // It looks at the pid once, for all loggers to come. They have it from one object, which is shown to a formatter.
    file: '/node_modules/pino/pino.js',
    prepare({ pino }) {
      let base: Bindings = {};
      const bindings = (shown: Bindings) => {
        base = shown;
        return shown;
      };
      (pino as Pino)({ formatters: { bindings } }, { write() {} });
      return () => {
        if ('pid' in base) base.pid = process.pid;
      };
    },
  },
];

/**
 * Packages whose ids are made of what they have drawn when they were loaded, and which nobody can renew: all workers would
 * make the same ids.
 */
const UNRENEWABLE: ReadonlySet<string> = new Set(['bson-objectid', 'xid-js']);

export function isUnrenewable({ by }: Draw): boolean {
  return UNRENEWABLE.has(by);
}

/**
 * @param files those from which something was drawn: paths, and URLs of ES modules
 * @returns what to do in each worker
 */
export async function followRules(files: Iterable<string>): Promise<(() => void)[]> {
  const steps: (() => void)[] = [];
  for (const file of files) {
    const rule = RULES.find((known) => file.endsWith(known.file));
    try {
      const step = rule && (await follow(rule, file));
      if (step) steps.push(step);
    } catch {
      // It could not be loaded, or is not as the rule knows it: then it is left alone.
    }
  }
  return steps;
}

async function follow(rule: Rule, file: string): Promise<(() => void) | undefined> {
  const require = createRequire(file);
  const { version } = require('./package.json') as { version: string };
  return rule.prepare(file.startsWith('file:') ? await import(file) : require(file), version);
}

/** The package that a file belongs to: the last of those on its path. */
export function ownerOf(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path;
}
