import { type Judgement, judge } from './judgement.ts';
import type { PreloadReport } from './preload/report.ts';
import { sendStatus } from './status.ts';

/**
 * Whether a mold that has loaded this can be used, after the supervisor was told what is remarkable about it. One that has
 * loaded what is to be left out cannot: that cannot be taken back.
 *
 * @param reasons why some must not be shared, by their names
 */
export function isUsable(
  report: PreloadReport,
  reasons: ReadonlyMap<string, string>,
  asked: Parameters<typeof judge>[2],
): boolean {
  const judgements = judge(report, reasons, asked);
  for (const { names, judgement } of byCause(judgements, reasons)) {
    const { fate, reason } = judgement;
    if (fate === 'failed') {
      const failure = { module: judgement.name, while: 'preloading', message: reason, stack: judgement.stack } as const;
      sendStatus({ type: 'preload-failed', failure });
      return false;
    }
    sendStatus({ type: fate, package: listOf(names), reason });
  }
  const leftOut = judgements.filter(({ fate }) => fate === 'left-out').map(({ name }) => name);
  if (leftOut.length > 0) sendStatus({ type: 'spoiled', packages: leftOut });
  return leftOut.length === 0;
}

interface Cause {
  readonly names: string[];
  readonly judgement: Judgement;
}

/** One package may be the reason why many are not shared: that is one line in the log. */
function byCause(judgements: readonly Judgement[], unshareable: ReadonlyMap<string, string>): Cause[] {
  const causes = new Map<string, Cause>();
  for (const judgement of judgements) {
    const { name, reason } = judgement;
    // What a package has done itself stays with it.
    const key = unshareable.get(name) === reason && !reason.startsWith('it ') ? reason : name;
    const cause = causes.get(key);
    if (cause) cause.names.push(name);
    else causes.set(key, { names: [name], judgement });
  }
  return [...causes.values()];
}

/** So many of them are named. */
const NAMED = 10;

function listOf(names: readonly string[]): string {
  const named = names.length > NAMED ? [...names.slice(0, NAMED - 1), `${names.length - NAMED + 1} more`] : names;
  return new Intl.ListFormat('en').format(named);
}
