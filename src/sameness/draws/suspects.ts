import { type Owner, ownerOf, pathInPackage, publishedName } from '../../loading/owner.ts';
import { type Known, knownOf } from './knowledge.ts';

/** A draw made while packages are loaded. */
export interface Draw {
  /** `crypto.randomUUID`, `process.pid`, … */
  readonly call: string;
  /**
   * The callers, nearest first: paths, module URLs, or other names of code. Empty if they are unknown, or if there were
   * too many draws to trace.
   */
  readonly files: readonly string[];
  /** Whether the last of the files was being loaded. If not, other code may have received what was drawn. */
  readonly isWhole: boolean;
  /** Name of the load that caused it. */
  readonly during: string | undefined;
}

/** Code that may have kept what was drawn, so that all workers would use it. */
export interface Suspect {
  /** A package, or a file of no package. Had it not been loaded, nothing would have been drawn. */
  readonly owner: Owner;
  readonly during: string | undefined;
  /** A predicate, such as "reads process.pid". */
  readonly deed: string;
}

/** What each worker renews. */
export interface Renewal {
  /** Whether what was drawn is in a buffer that still exists and will be refilled. */
  isPooled(draw: Draw): boolean;
  /** Files that lead to packages that will draw again. */
  readonly files: ReadonlySet<string>;
  /** Files that lead to packages that should draw again, but whose internals have changed. */
  readonly failed: ReadonlySet<string>;
}

/**
 * Follows each draw along its call chain: the code that drew may have kept the result or returned it to its caller, and
 * so on, up to the module that was being loaded.
 *
 * @returns one suspect for each owner and load
 */
export function findSuspects(draws: readonly Draw[], renewal: Renewal): Suspect[] {
  const suspects = new Map<string, Suspect>();
  for (const draw of draws) {
    const fate = fateOf(draw, renewal);
    if (fate === 'cleared') continue;
    const owner = fate === 'passed on' ? ownerOfLoad(draw) : (loaderOf(draw) ?? ownerOfLoad(draw));
    if (!owner) continue;
    const key = `${owner.directory ?? owner.name} ${draw.during}`;
    if (!suspects.has(key)) suspects.set(key, { owner, during: draw.during, deed: describe(draw, owner) });
  }
  return [...suspects.values()];
}

/** Returns the owner of the outermost file. Without that file, nothing would have been drawn. */
function loaderOf({ files }: Draw): Owner | undefined {
  const file = files.at(-1);
  return file === undefined ? undefined : ownerOf(file);
}

/** Returns undefined for a draw before the first load. */
function ownerOfLoad({ during }: Draw): Owner | undefined {
  return during === undefined ? undefined : ownerOf(during);
}

/**
 * Decides the fate of a draw. `cleared`: it is harmless, or renewed wherever it may have been kept. `passed on`: it is
 * renewed wherever code on the stack may have kept it, but code off the stack may have received a result. `kept`: code
 * on the stack may have kept it.
 */
function fateOf(draw: Draw, renewal: Renewal): 'cleared' | 'passed on' | 'kept' {
  let pooled = renewal.isPooled(draw);
  let isPoolOfLast = false;
  for (const files of byOwner(draw.files)) {
    const owner = ownerOf(files[0] as string);
    if (files.some((file) => renewal.failed.has(file))) return 'kept';
    const known = whatIsKnown(owner, files, draw.call);
    if (known === 'harmless') return 'cleared';
    isPoolOfLast = false;
    if (known === 'keeps nothing') continue;
    // This owner has the buffer. Its callers may still keep what they get from it.
    if (known !== 'keeps a pool' && !files.some((file) => renewal.files.has(file))) {
      if (!pooled) return 'kept';
      isPoolOfLast = true;
    }
    pooled = false;
  }
  return draw.isWhole || isPoolOfLast ? 'cleared' : 'passed on';
}

/** Returns what is known about all of these files of one package. */
function whatIsKnown(owner: Owner, files: readonly string[], call: string): Known | undefined {
  if (owner.directory === undefined) return undefined;
  const name = publishedName(owner);
  const known = files.map((file) => knownOf(name, pathInPackage(file), call));
  if (known.includes(undefined)) return undefined;
  return (['harmless', 'keeps a pool'] as const).find((one) => known.includes(one)) ?? 'keeps nothing';
}

function byOwner(files: readonly string[]): string[][] {
  const groups: string[][] = [];
  let last: string | undefined;
  for (const file of files) {
    const { directory = file } = ownerOf(file);
    if (directory === last) groups.at(-1)?.push(file);
    else groups.push([file]);
    last = directory;
  }
  return groups;
}

function describe({ call, files }: Draw, { name }: Owner): string {
  const deed = call === 'process.pid' ? 'reads process.pid' : `draws from ${call}`;
  const drawer = files[0] === undefined ? name : ownerOf(files[0]).name;
  return drawer === name ? deed : `${deed} through ${drawer}`;
}
