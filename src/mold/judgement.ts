import { startsUnrenewableAgent } from './agents/instrumentation.ts';
import type { Leftover } from './leftovers/leftovers.ts';
import { isPreload } from './preload/node-preloads.ts';
import type { PreloadedPackage, PreloadReport } from './preload/report.ts';

/** `rule`: SWARM_PRELOAD=auto or default; `name`: somebody wants this very package, or the `-r` modules, to be shared. */
export type Asked = 'by rule' | 'by name' | 'as application';

/**
 * What becomes of a package, or a module, that is not simply shared. By rule, what is not fit for that is left out, and each
 * worker loads it for itself. By name, it is shared as it was asked for, which is risky; or it has failed, and nothing starts.
 */
export type Judgement = { readonly name: string /** Half a sentence. */; readonly reason: string } & (
  | { readonly fate: 'left-out' | 'risky' }
  | { readonly fate: 'failed'; readonly stack: string }
);

/**
 * @param unshareable why workers could make the same ids, of those of which they could
 * @returns what has failed comes first
 */
export function judge(
  { packages, failed }: Pick<PreloadReport, 'packages' | 'failed'>,
  unshareable: ReadonlyMap<string, string>,
  asked: Asked | ((name: string) => Asked),
): Judgement[] {
  const askedFor = (name: string) => (typeof asked === 'string' ? asked : asked(name));
  const isByRule = (row: { name: string }) => askedFor(row.name) === 'by rule' || isPreload(row);
  const failures = failed.map(({ name, message, stack }): Judgement => {
    return isByRule({ name })
      ? { name, fate: 'left-out', reason: `it could not be preloaded (${message})` }
      : { name, fate: 'failed', reason: message, stack };
  });
  const unfit = packages.flatMap((row): Judgement[] => {
    const reason = whyUnfit(row, unshareable);
    if (reason === undefined) return [];
    // Nobody means workers without an agent that works.
    const isAgent = startsUnrenewableAgent(row.instrumentation) && askedFor(row.name) !== 'as application';
    return [{ name: row.name, fate: isByRule(row) || isAgent ? 'left-out' : 'risky', reason }];
  });
  return [...failures, ...unfit];
}

/** What makes a package that is loaded unfit to be shared, if anything does. */
function whyUnfit(row: PreloadedPackage, unshareable: ReadonlyMap<string, string>): string | undefined {
  const { name, left, hasConnected, instrumentation } = row;
  if (startsUnrenewableAgent(instrumentation))
    return `it starts ${instrumentation?.unrenewable}, which reports for one process`;
  if (left.length > 0) return `loading it leaves ${describe(left)} behind`;
  // What an agent makes of this process, its server takes for one instance.
  if (isPreload(row) && hasConnected) return 'it connects to a server while it is loaded';
  return unshareable.get(name);
}

/** "a socket (127.0.0.1:6379) and a worker thread (thread 1)" */
function describe(left: readonly Leftover[]): string {
  const things = left.map(({ kind, detail }) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} (${detail})`);
  return new Intl.ListFormat('en').format(things);
}
