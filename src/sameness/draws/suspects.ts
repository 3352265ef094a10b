import { type Owner, ownerOf, pathInPackage, publishedName } from '../../loading/owner.ts';
import { type Known, knownOf } from './knowledge.ts';

/** Something was drawn while packages were loaded. */
export interface Draw {
  /** `crypto.randomUUID`, `process.pid`, … */
  readonly call: string;
  /**
   * Who was calling, the nearest first: paths, URLs of modules, or other names of code. None where that is not known, or
   * where there were too many draws to follow.
   */
  readonly files: readonly string[];
  /** Whether the last of them was being loaded. Otherwise something else may have been given what was drawn. */
  readonly isWhole: boolean;
  /** The load that it goes back to, by the name that it was asked for. */
  readonly during: string | undefined;
}

/** Somebody may have kept what was drawn, and workers would go on with the same of it. */
export interface Suspect {
  /** Whose loading has led to it: without that nothing is drawn. A package, or a file that belongs to none. */
  readonly owner: Owner;
  readonly during: string | undefined;
  /** Half a sentence, as "reads process.pid". */
  readonly deed: string;
}

/** What is renewed in each worker. */
export interface Renewal {
  /** Whether what was drawn is in a buffer that is still there, and is filled anew. */
  isPooled(draw: Draw): boolean;
  /** Files that lead to what is made to draw anew. */
  readonly files: ReadonlySet<string>;
  /** Files that lead to what should be, but is not as it is known. */
  readonly failed: ReadonlySet<string>;
}

/**
 * Asks along the call chain what has become of each draw: the one that has drawn it may have kept it, or given it to the
 * one that has called it, and so on, up to the module that was being loaded.
 *
 * @returns one for each owner, and for each thing that it was loaded for
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

/** Without it nothing would have been drawn. */
function loaderOf({ files }: Draw): Owner | undefined {
  const file = files.at(-1);
  return file === undefined ? undefined : ownerOf(file);
}

/** Nothing where that was before anything was loaded. */
function ownerOfLoad({ during }: Draw): Owner | undefined {
  return during === undefined ? undefined : ownerOf(during);
}

/**
 * What has become of it. `cleared`: whoever may have kept it has it renewed. `passed on`: those on the stack have, but what
 * they have made of it went to somebody who is not on it. `kept`: by one of those on the stack.
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
    // The buffer is this one's. What comes out of it may still be kept by others.
    if (known !== 'keeps a pool' && !files.some((file) => renewal.files.has(file))) {
      if (!pooled) return 'kept';
      isPoolOfLast = true;
    }
    pooled = false;
  }
  return draw.isWhole || isPoolOfLast ? 'cleared' : 'passed on';
}

/** What is known of all files of one package that were involved. */
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
