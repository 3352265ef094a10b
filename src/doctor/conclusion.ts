import { describeDecision } from '../boot/announce.ts';
import { type Decision, decideFor } from '../boot/decision.ts';
import { modeAfter } from '../boot/mode.ts';
import type { UserError } from '../config/errors.ts';
import type { Finding } from '../protocol/examination.ts';
import type { Examination } from './examination.ts';

/** What swarm would do. */
export interface Conclusion {
  /** What swarm would decide; if it would not start, what it would decide if nothing kept it from starting. */
  readonly decision: Decision;
  /** Memory that workers would share, including Node's own, in bytes; undefined if unknown. */
  readonly image: number | undefined;
  /** A sentence. */
  readonly outcome: string;
  /** Whether this machine can fork, and whether it can fork the process that has loaded everything: a sentence. */
  readonly forking: string;
  /** The error with which `swarm` itself would exit if fork mode was explicitly requested; undefined if none. */
  readonly refusal: UserError | undefined;
}

/**
 * Returns what `swarm -r` would do after this examination: see Launcher.settle().
 *
 * @param missing why nothing can be forked here, if that is known beforehand: a clause
 */
export function conclude(decision: Decision, examination: Examination, missing: string | undefined): Conclusion {
  const { machine, unforkable, bytes } = examination;
  const forking = describeForking(missing ?? machine, unforkable);
  const run = (decision: Decision): Conclusion => {
    const outcome = `swarm would run ${describeDecision(decision)}.`;
    return { decision, image: bytes, outcome, forking, refusal: undefined };
  };
  if (decision.mode !== 'fork') return run(decision);
  const obstacle = obstacleIn(examination.findings);
  if (obstacle && obstacle.verdict !== 'crashed') {
    const problem = obstacle.verdict === 'hung' ? 'is not loaded in time' : 'cannot be loaded';
    return { ...run(decision), outcome: `swarm would not start: ${obstacle.name} ${problem}.` };
  }
  const reason = obstacle ? `${obstacle.name} ends the process that loads it` : (machine ?? unforkable);
  if (reason === undefined) return run(decideFor(decision, decision.machine, decision, bytes));
  const choice = modeAfter(decision.settings.mode, { type: 'unforkable', reason });
  if (!('refusal' in choice)) return run(decideFor(decision, decision.machine, choice));
  return { ...run(decision), outcome: `swarm would not start: ${reason}.`, refusal: choice.refusal };
}

/** Returns what would stop a mold first. A mold reports failures only after it has loaded everything. */
function obstacleIn(findings: readonly Finding[]): Finding | undefined {
  return (
    findings.find(({ verdict }) => verdict === 'hung' || verdict === 'crashed') ??
    findings.find(({ verdict }) => verdict === 'failed')
  );
}

function describeForking(machine: string | undefined, unforkable: string | undefined): string {
  if (machine !== undefined) return `This machine cannot fork: ${machine}.`;
  if (unforkable !== undefined) return `This machine can fork, but not a process that has loaded this: ${unforkable}.`;
  return 'This machine can fork: a process that had loaded everything shareable was copied, and the copy works.';
}
