import type { Settings } from '../config/settings.ts';
import type { Finding, Verdict } from '../protocol/examination.ts';
import { isPreloadName } from '../protocol/invocation.ts';
import { plural } from '../text/units.ts';

/** What the user has set, and what could be set instead. */
export interface PreloadSetup extends Pick<Settings, 'mode' | 'preload' | 'preloadApp'> {
  /** What can be shared: packages, and files that SWARM_PRELOAD names. */
  readonly shareable: readonly string[];
}

/** Each verdict as an answer to "preload it?", for the table and the JSON. */
const ANSWERS = {
  shared: 'yes',
  'left-out': 'in each worker',
  skipped: 'in each worker',
  unsafe: 'unsafe',
  cold: 'no',
  failed: 'fails',
  crashed: 'crashes',
  hung: 'hangs',
} as const satisfies Record<Verdict, string>;

export function answerOn({ verdict }: Finding): (typeof ANSWERS)[Verdict] {
  return ANSWERS[verdict];
}

/** Whether swarm does the right thing without the user's help. */
export function isSafe({ verdict }: Finding): boolean {
  return verdict === 'shared' || verdict === 'left-out' || verdict === 'skipped';
}

/** Says in sentences why it is not simply shared and what to do about it; undefined if there is nothing to say. */
export function adviseOn(finding: Finding, setup: PreloadSetup): string | undefined {
  const { verdict, reason, application } = finding;
  switch (verdict) {
    case 'shared':
      return aboutTimers(finding);
    case 'left-out':
      if (isPreloadName(finding.name)) return `${reason}. Each worker loads it first, then everything after it.`;
      return `${reason}${aboutLeftOut(finding, setup)}`;
    case 'skipped':
      return `${reason}. ${finding.remedy}.`;
    case 'unsafe': {
      const because = application ? 'SWARM_PRELOAD_APP is set' : 'SWARM_PRELOAD names it';
      return `it is shared because ${because}, although ${reason}. ${consequence(finding)}${remedy(finding, setup)}`;
    }
    case 'cold':
      return `workers start cold, because ${reason}. ${warmly(finding)}`;
    case 'failed':
      return `it cannot be loaded (${reason}), so swarm would not start. ${withoutIt(finding, setup)}`;
    case 'crashed': {
      const instead = setup.mode === 'fork' ? 'would not start' : 'would spawn its workers, which share nothing';
      return `${reason}, so swarm ${instead}. ${withoutIt(finding, setup)}`;
    }
    case 'hung':
      return `${reason} (SWARM_BOOT_TIMEOUT), so swarm would not start. ${withoutIt(finding, setup)}`;
  }
}

function aboutTimers({ name, timers }: Finding): string | undefined {
  if (timers.length === 0) return undefined;
  const places = [...new Set(timers)].filter((place) => place !== name).join(', ');
  const things = `${plural(timers.length, 'timer')}${places && ` (${places})`}`;
  return `it leaves ${things} behind, which is fine: each worker has a copy of its own.`;
}

function aboutLeftOut({ ms, left }: Finding, { preloadApp }: PreloadSetup): string {
  if (ms === undefined) {
    const who = preloadApp ? 'Your modules (SWARM_PRELOAD_APP), or each worker,' : 'Each worker';
    return `. ${who} will also load it, and will fail unless your code handles that.`;
  }
  const why = left.length > 0 ? ', which workers must not share' : '';
  return `${why}. ${preloadApp ? LOADED_BY_MODULES : 'Each worker loads it for itself; there is nothing to do.'}`;
}

const LOADED_BY_MODULES =
  'So each worker should load it. But modules that import it load it before the fork (SWARM_PRELOAD_APP): ' +
  'use import() in their default export instead.';

function consequence({ left }: Finding): string {
  if (left.length === 0) return '';
  return `All workers would use the same ${left.length === 1 ? 'one' : 'ones'}. `;
}

function remedy({ application, left }: Finding, { preloadApp }: PreloadSetup): string {
  if (application && left.length === 0) {
    return 'Do that in the default export or in onFork, which run in each worker; or unset SWARM_PRELOAD_APP.';
  }
  if (application) {
    const things = left.length === 1 ? 'it' : 'them';
    return `Open ${things} in the default export or in onFork, which run in each worker; or unset SWARM_PRELOAD_APP.`;
  }
  const alike = preloadApp ? ', and make sure that your modules do not load it before the fork either' : '';
  return `Take it out of SWARM_PRELOAD, and each worker loads it for itself${alike}.`;
}

function warmly({ left, stack }: Finding): string {
  if (left.length > 0) return 'Close what it opens before it ends, or leave out what opens it.';
  return stack === undefined
    ? 'Leave the code that does that out of the warm-up.'
    : 'Fix it; or, if only a worker can do that, leave it out of the warm-up.';
}

/** Advises to fix it first, because a worker that loads it will probably fail too. */
function withoutIt({ application }: Finding, { preload, shareable }: PreloadSetup): string {
  if (application) return 'Fix it; or, if only a worker can load it, unset SWARM_PRELOAD_APP.';
  const others = shareable.length === 0 ? 'SWARM_PRELOAD=none' : `SWARM_PRELOAD=${shareable.join(',')}`;
  const how = typeof preload === 'string' ? `leave it out with ${others}` : 'take it out of SWARM_PRELOAD';
  return `Fix it; or, if only a worker can load it, ${how}.`;
}
