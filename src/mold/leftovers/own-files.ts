import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Observation } from '../../node/observation.ts';
import type { Kept, Leftover } from './leftovers.ts';

type Kind = 'temporary directory' | 'file of its own';

/**
 * Finds files and directories that only one process may own, such as temporary directories and lock files. A module
 * often removes them when its process exits. The first copy to exit would remove them for all.
 */
export class OwnFiles {
  readonly #made = new Map<string, Kept<Kind>>();
  /** Returns the load that caused the running code. */
  readonly #owner: () => string | undefined;
  readonly #observation = new Observation();
  readonly #temporary = tmpdir() + sep;

  constructor(owner: () => string | undefined) {
    this.#owner = owner;
    this.#watch(['mkdtemp', 'mkdtempSync'], (_args, result) => this.#note(result, 'temporary directory'));
    this.#watch(['mkdir', 'mkdirSync'], ([path, options], result) => {
      // With `recursive`, the result is the first directory created, or undefined if all existed.
      const isRecursive =
        typeof options === 'object' && (options as { recursive?: boolean } | null)?.recursive === true;
      this.#noteDirectory(isRecursive ? result : path);
    });
    this.#watch(['open', 'openSync'], ([path, flags]) => this.#noteFile(path, flags));
    this.#watch(['writeFile', 'writeFileSync'], ([path, , options]) => {
      this.#noteFile(path, (options as { flag?: unknown } | undefined)?.flag);
    });
    // For modules that import these functions by name.
    syncBuiltinESMExports();
  }

  /** Returns what was created since the last call and still exists. */
  take(): Kept<Leftover>[] {
    const made = [...this.#made].filter(([path]) => fs.existsSync(path));
    this.#made.clear();
    return made.map(([detail, { thing: kind, owner }]) => ({ thing: { kind, detail }, owner }));
  }

  end(): void {
    this.#observation.end();
    syncBuiltinESMExports();
  }

  /** Each function has three forms: synchronous, with a callback, and with a promise. */
  #watch(names: readonly string[], made: (args: readonly unknown[], result: unknown) => void): void {
    for (const name of names) {
      this.#observation.observe(fs, name, (proceed, _self, args) => {
        if (name.endsWith('Sync')) return passOn(proceed(), (result) => made(args, result));
        const callback = args.at(-1);
        if (typeof callback !== 'function') return proceed();
        (args as unknown[])[args.length - 1] = function (this: unknown, ...results: unknown[]) {
          if (!results[0]) made(args, results[1]);
          return Reflect.apply(callback, this, results);
        };
        return proceed();
      });
      this.#observation.observe(fs.promises, name, async (proceed, _self, args) =>
        passOn(await proceed(), (result) => made(args, result)),
      );
    }
  }

  #noteDirectory(path: unknown): void {
    const name = pathOf(path);
    // The application itself may be in the temporary directory.
    const isTemporary = name?.startsWith(this.#temporary) && !name.startsWith(process.cwd() + sep);
    if (isTemporary) this.#note(name, 'temporary directory');
    // proper-lockfile and others create a directory as a lock, because mkdir fails if the directory exists.
    else if (name?.endsWith('.lock')) this.#note(name, 'file of its own');
  }

  /** With "x" or O_EXCL, only the first process can create the file. */
  #noteFile(path: unknown, flags: unknown): void {
    const isExclusive = typeof flags === 'number' ? (flags & fs.constants.O_EXCL) !== 0 : String(flags).includes('x');
    if (isExclusive) this.#note(path, 'file of its own');
  }

  #note(path: unknown, kind: Kind): void {
    const name = pathOf(path);
    if (name !== undefined) this.#made.set(name, { thing: kind, owner: this.#owner() });
  }
}

function passOn<Result>(result: Result, to: (result: Result) => void): Result {
  to(result);
  return result;
}

/** Returns an absolute path. */
function pathOf(path: unknown): string | undefined {
  if (path instanceof URL) return fileURLToPath(path);
  return typeof path === 'string' || Buffer.isBuffer(path) ? resolve(path.toString()) : undefined;
}
