import { list } from '../../text/list.ts';
import type { AgentBarrier } from '../agents/barrier.ts';
import { aboutUnseen, listed } from '../agents/sentences.ts';
import type { PreloadReport, SkippedPackage } from '../preload/report.ts';
import { sendStatus } from '../status.ts';
import { judge, type PackageVerdict } from './judge.ts';

/**
 * Tells the supervisor the verdict on everything that cannot simply be shared.
 *
 * @param sameIds why workers could make the same ids, by name
 * @returns whether this mold can be used: it cannot unload a package that must be left out
 */
export function tellVerdicts(
  report: PreloadReport,
  sameIds: ReadonlyMap<string, string>,
  chosenBy: Parameters<typeof judge>[2],
): boolean {
  const verdicts = judge(report, sameIds, chosenBy);
  for (const { names, first } of byCause(verdicts, sameIds)) {
    const { reason } = first;
    if (first.verdict === 'failed') {
      const failure = { module: first.name, while: 'preloading', message: reason, stack: first.stack } as const;
      sendStatus({ type: 'preload-failed', failure });
      return false;
    }
    if (first.verdict === 'cold') {
      sendStatus({ type: 'cold', reason, stack: first.stack });
      return false;
    }
    sendStatus({ type: first.verdict, package: someOf(names), reason });
  }
  const leftOut = verdicts.filter(({ verdict }) => verdict === 'left-out').map(({ name }) => name);
  if (leftOut.length > 0) sendStatus({ type: 'spoiled', packages: leftOut });
  return leftOut.length === 0;
}

/** Sends one line for all skipped packages: the same thing keeps them from being shared. */
export function tellSkipped(skipped: readonly SkippedPackage[]): void {
  const [first] = skipped;
  if (!first) return;
  const { reason, remedy } = first;
  sendStatus({
    type: 'skipped',
    packages: skipped.length,
    names: listed(skipped.map(({ name }) => name)),
    reason,
    remedy,
  });
}

export function tellUnseen({ unseen }: AgentBarrier): void {
  if (unseen) sendStatus({ type: 'unseen', text: aboutUnseen(unseen.agent, unseen.names) });
}

interface Cause {
  readonly names: string[];
  readonly first: PackageVerdict;
}

/** Groups verdicts by cause, for one log line each: one package can keep many from being shared. */
function byCause(verdicts: readonly PackageVerdict[], sameIds: ReadonlyMap<string, string>): Cause[] {
  const causes = new Map<string, Cause>();
  for (const verdict of verdicts) {
    const { name, reason } = verdict;
    // A reason that concerns only the package itself is not grouped.
    const key = sameIds.get(name) === reason && !reason.startsWith('it ') ? reason : name;
    const cause = causes.get(key);
    if (cause) cause.names.push(name);
    else causes.set(key, { names: [name], first: verdict });
  }
  return [...causes.values()];
}

/** More names would not fit in a log line. */
const NAMED = 10;

/** "a, b and 9 more" */
function someOf(names: readonly string[]): string {
  const rest = names.length - (NAMED - 1);
  return list(names.length > NAMED ? [...names.slice(0, NAMED - 1), `${rest} more`] : names);
}
