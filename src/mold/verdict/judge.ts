import type { Verdict } from '../../protocol/examination.ts';
import { WARM_UP } from '../../protocol/messages.ts';
import { list } from '../../text/list.ts';
import { startsUnrenewableAgent } from '../agents/instrumentation.ts';
import type { Leftover } from '../leftovers/leftovers.ts';
import type { Load } from '../preload/load.ts';
import { isPreload } from '../preload/node-preloads.ts';
import type { PreloadedPackage, PreloadReport } from '../preload/report.ts';

/** What selected it for sharing: SWARM_PRELOAD=auto or default, a name in SWARM_PRELOAD, or SWARM_PRELOAD_APP. */
export type ChosenBy = 'rule' | 'name' | 'application';

/** The verdict on a package or module that swarm cannot simply share. */
export type PackageVerdict = {
  readonly name: string;
  /** A clause: no capital, no full stop. */
  readonly reason: string;
} & (
  | { readonly verdict: Extract<Verdict, 'left-out' | 'unsafe'> }
  | { readonly verdict: Extract<Verdict, 'failed'>; readonly stack: string }
  | { readonly verdict: Extract<Verdict, 'cold'>; readonly stack?: string }
);

/**
 * Decides what happens to each package or module that should not be shared. One chosen by a rule is left out: each
 * worker loads it. One that the user named is shared anyway, which is unsafe; if it cannot be loaded, swarm does not
 * start. A warm-up only saves time, so workers do without it.
 *
 * @param sameIds why workers could make the same ids, by name
 * @returns verdicts, failures first; none for what can be shared
 */
export function judge(
  { packages, failed }: Pick<PreloadReport, 'packages' | 'failed'>,
  sameIds: ReadonlyMap<string, string>,
  chosenBy: (name: string) => ChosenBy,
): PackageVerdict[] {
  const isByRule = (row: { name: string }) => chosenBy(row.name) === 'rule' || isPreload(row);
  const failures = failed.map(({ name, message, stack }): PackageVerdict => {
    if (name === WARM_UP) return { name, verdict: 'cold', reason: `it failed (${message})`, stack };
    return isByRule({ name })
      ? { name, verdict: 'left-out', reason: `it could not be preloaded (${message})` }
      : { name, verdict: 'failed', reason: message, stack };
  });
  const unshareable = packages.flatMap((row): PackageVerdict[] => {
    const { name } = row;
    const reason = whyUnshareable(row, sameIds);
    if (reason === undefined) return [];
    if (name === WARM_UP) return [{ name, verdict: 'cold', reason }];
    // Left out even if the user named it: workers are useless without a working agent.
    const isAgent = startsUnrenewableAgent(row.instrumentation) && chosenBy(name) !== 'application';
    return [{ name, verdict: isByRule(row) || isAgent ? 'left-out' : 'unsafe', reason }];
  });
  return [...failures, ...unshareable];
}

/** Returns undefined if workers can share it. */
function whyUnshareable(row: PreloadedPackage, sameIds: ReadonlyMap<string, string>): string | undefined {
  const { name, left, hasConnected, instrumentation } = row;
  if (startsUnrenewableAgent(instrumentation))
    return `it starts ${instrumentation?.unrenewable}, which reports for one process`;
  if (left.length > 0) return `${name === WARM_UP ? 'it' : 'loading it'} leaves ${describe(left)} behind`;
  // A preload that connects is an agent, and its server counts this process as one instance.
  if (isPreload(row) && hasConnected) return 'it connects to a server while it is loaded';
  return sameIds.get(name);
}

/** "a socket (127.0.0.1:6379) and a worker thread (thread 1)" */
function describe(left: readonly Leftover[]): string {
  return list(left.map(({ kind, detail }) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} (${detail})`));
}

/** Returns a function that tells what selected a load. A rule selected any package that is not among the loads. */
export function choicesOf(loads: readonly Load[]): (name: string) => ChosenBy {
  const known = new Map(loads.map((load) => [load.name, load]));
  return (name) => {
    const { how, isNamed } = known.get(name) ?? {};
    if (how?.startsWith('as ')) return 'application';
    return isNamed ? 'name' : 'rule';
  };
}
