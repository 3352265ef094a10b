import type { Leftover } from './leftovers.ts';
import type { PreloadedPackage, PreloadReport } from './preload.ts';
import { isPreload } from './preloads.ts';

/** `rule`: SWARM_PRELOAD=auto or default; `name`: somebody wants this very package, or the `-r` modules, to be shared. */
export type Asked = 'by rule' | 'by name';

/**
 * What becomes of a package, or a module, that is not simply shared. By rule, what is not fit for that is left out, and each
 * worker loads it for itself. By name, it is shared as it was asked for, which is risky; or it has failed, and nothing starts.
 */
export type Judgement = { readonly name: string /** Half a sentence. */; readonly reason: string } & (
  | { readonly fate: 'left-out' | 'risky' }
  | { readonly fate: 'failed'; readonly stack: string }
);

/**
 * @param unrenewable packages that make the same ids in each copy of this process
 * @returns what has failed comes first
 */
export function judge(
  { packages, failed }: Pick<PreloadReport, 'packages' | 'failed'>,
  unrenewable: readonly string[],
  asked: Asked,
): Judgement[] {
  const isByRule = (row: { name: string }) => asked === 'by rule' || isPreload(row);
  const failures = failed.map(({ name, message, stack }): Judgement => {
    return isByRule({ name })
      ? { name, fate: 'left-out', reason: `it could not be preloaded (${message})` }
      : { name, fate: 'failed', reason: message, stack };
  });
  const unfit = packages.flatMap((row): Judgement[] => {
    const reason = whyUnfit(row, unrenewable);
    return reason === undefined ? [] : [{ name: row.name, fate: isByRule(row) ? 'left-out' : 'risky', reason }];
  });
  return [...failures, ...unfit];
}

/** What makes a package that is loaded unfit to be shared, if anything does. */
function whyUnfit(row: PreloadedPackage, unrenewable: readonly string[]): string | undefined {
  const { name, left } = row;
  if (left.length > 0) return `loading it leaves ${describe(left)} behind`;
  if (isPreload(row)) return whyOneInstance(row);
  return unrenewable.includes(name) ? 'it makes the same ids in each copy' : undefined;
}

/** What an agent makes of this process, its server takes for one instance, and it would be that of each copy. */
function whyOneInstance({ hasConnected, drew = [] }: PreloadedPackage): string | undefined {
  if (hasConnected) return 'it connects to a server while it is loaded';
  const ids = drew.filter(({ call, by }) => INSTANCE.test(call) && !HARMLESS.has(by)).map(({ call }) => call);
  if (ids.length === 0) return undefined;
  return `it takes this process for an instance while it is loaded (${[...new Set(ids)].join(', ')})`;
}

/** What an instance is told from others by. */
const INSTANCE = /^(process\.pid|crypto\.random(UUID|Bytes))/;

/** By package: what they draw stays in this process. */
const HARMLESS: ReadonlySet<string> = new Set([
  // A name under which its hooks know what they have been asked for.
  'tsx',
]);

/** "a socket (127.0.0.1:6379) and a worker thread (thread 1)" */
function describe(left: readonly Leftover[]): string {
  const things = left.map(({ kind, detail }) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} (${detail})`);
  return new Intl.ListFormat('en').format(things);
}
