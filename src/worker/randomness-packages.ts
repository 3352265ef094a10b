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
  /** The end of the path of the file that draws. */
  readonly file: string;
  /**
   * Called before the fork. It may see to it that the package draws anew after it.
   *
   * @returns what is left to do in each worker
   */
  prepare(exports: Record<string, unknown>): (() => void) | undefined;
}

type Nanoid = (size: number) => string;
type Pino = (options: object, stream: { write(line: string): void }) => unknown;
type Bindings = Record<string, unknown>;

const RULES: readonly Rule[] = [
  {
    // From version 6 on it keeps a string of characters. Asked for the longest that it makes, it has none left.
    file: '/nanoid/index.js',
    prepare({ nanoid }) {
      (nanoid as Nanoid)(32_768);
      return undefined;
    },
  },
  {
    // It remembers the pid for all loggers to come. They get it from one object, which a formatter is shown.
    file: '/pino/pino.js',
    prepare({ pino }) {
      const formatters = {
        bindings: (bindings: Bindings) => Object.assign(bindings, 'pid' in bindings && { pid: process.pid }),
      };
      return () => void (pino as Pino)({ formatters }, { write() {} });
    },
  },
];

/**
 * @param files those from which something was drawn: paths, and URLs of ES modules
 * @returns what to do in each worker
 */
export async function followRules(files: Iterable<string>): Promise<(() => void)[]> {
  const steps: (() => void)[] = [];
  for (const file of files) {
    const rule = RULES.find((known) => file.endsWith(known.file));
    const step = rule?.prepare(await exportsOf(file));
    if (step) steps.push(step);
  }
  return steps;
}

/** Of a module that is loaded already. */
async function exportsOf(file: string): Promise<Record<string, unknown>> {
  return file.startsWith('file:') ? await import(file) : createRequire(file)(file);
}

/** The package that a file belongs to: the last of those on its path. */
export function ownerOf(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path;
}
