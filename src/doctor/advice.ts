import type { Settings } from '../config/settings.ts';
import type { Fate, Finding } from '../protocol/examination.ts';
import { isPreloadName } from '../protocol/invocation.ts';
import { plural } from '../text/units.ts';

/** What was asked for, and what can be had. */
export interface Wish extends Pick<Settings, 'mode' | 'preload' | 'preloadApp'> {
  /** The packages, or files that SWARM_PRELOAD names, that are fit to be shared. */
  readonly fit: readonly string[];
}

/** What each fate is called: the answer to "preload it?" */
const VERDICTS = {
  shared: 'yes',
  'left-out': 'in each worker',
  skipped: 'in each worker',
  unsafe: 'unsafe',
  failed: 'fails',
  crashed: 'crashes',
  hung: 'hangs',
} as const satisfies Record<Fate, string>;

export type Verdict = (typeof VERDICTS)[Fate];

export function verdictOn({ fate }: Finding): Verdict {
  return VERDICTS[fate];
}

/** Whether swarm does by itself what is right. */
export function isSafe({ fate }: Finding): boolean {
  return fate === 'shared' || fate === 'left-out' || fate === 'skipped';
}

/** Why it is not simply shared, and what to do about it, in sentences; undefined where there is nothing to say. */
export function adviseOn(finding: Finding, wish: Wish): string | undefined {
  const { fate, reason, application } = finding;
  switch (fate) {
    case 'shared':
      return aboutTimers(finding);
    case 'left-out':
      if (isPreloadName(finding.name)) return `${reason}. Each worker loads it first, and so all that comes after it.`;
      return `${reason}${aboutLeftOut(finding, wish)}`;
    case 'skipped':
      return `${reason}. ${finding.remedy ?? 'To share this again, have that open nothing while it loads, or do not preload it.'}`;
    case 'unsafe': {
      const because = application ? 'SWARM_PRELOAD_APP is set' : 'SWARM_PRELOAD names it';
      return `it is shared because ${because}, although ${reason}. ${consequence(finding)}${remedy(finding, wish)}`;
    }
    case 'failed':
      return `it cannot be loaded (${reason}), and swarm would not start. ${withoutIt(finding, wish)}`;
    case 'crashed': {
      const instead = wish.mode === 'fork' ? 'would not start' : 'would spawn its workers, which share nothing';
      return `${reason}, and swarm ${instead}. ${withoutIt(finding, wish)}`;
    }
    case 'hung':
      return `${reason} (SWARM_BOOT_TIMEOUT), and swarm would not start. ${withoutIt(finding, wish)}`;
  }
}

function aboutTimers({ name, timers }: Finding): string | undefined {
  if (timers.length === 0) return undefined;
  const places = [...new Set(timers)].filter((place) => place !== name).join(', ');
  const things = `${plural(timers.length, 'timer')}${places && ` (${places})`}`;
  return `it leaves ${things} behind, which is fine: each worker has a copy of its own.`;
}

function aboutLeftOut({ ms, left }: Finding, { preloadApp }: Wish): string {
  if (ms === undefined) {
    const who = preloadApp ? 'Your modules (SWARM_PRELOAD_APP), or each worker,' : 'Each worker';
    return `. ${who} will load it as well, and fail unless your code is prepared for that.`;
  }
  const why = left.length > 0 ? ', which workers must not share' : '';
  return `${why}. ${preloadApp ? LOADED_BY_MODULES : 'So each of them loads it for itself, and there is nothing to do.'}`;
}

const LOADED_BY_MODULES =
  'So each of them is to load it; but where your modules import it, that is before the fork (SWARM_PRELOAD_APP). ' +
  'Use import() in the default export instead.';

function consequence({ left }: Finding): string {
  if (left.length === 0) return '';
  return `All workers would use the same ${left.length === 1 ? 'one' : 'ones'}. `;
}

function remedy({ application, left }: Finding, { preloadApp }: Wish): string {
  if (application && left.length === 0) {
    return 'Make it in the default export or in onFork, which run in each worker; or unset SWARM_PRELOAD_APP.';
  }
  if (application) {
    const things = left.length === 1 ? 'it' : 'them';
    return `Open ${things} in the default export or in onFork, which run in each worker; or unset SWARM_PRELOAD_APP.`;
  }
  const alike = preloadApp ? ', and see that your modules do not load it before the fork either' : '';
  return `Take it out of SWARM_PRELOAD, and each worker loads it for itself${alike}.`;
}

/** A worker that loads it will probably fare no better. */
function withoutIt({ application }: Finding, { preload, fit }: Wish): string {
  if (application) return 'Mend it; or, if it can be loaded in a worker and only there, unset SWARM_PRELOAD_APP.';
  const others = fit.length === 0 ? 'SWARM_PRELOAD=none' : `SWARM_PRELOAD=${fit.join(',')}`;
  const how = typeof preload === 'string' ? `leave it out with ${others}` : 'take it out of SWARM_PRELOAD';
  return `Mend it; or, if it can be loaded in a worker and only there, ${how}.`;
}
