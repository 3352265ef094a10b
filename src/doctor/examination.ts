import { optionalNative } from '../native/binding.ts';
import type { Exit } from '../process/spawner.ts';
import type { LoadAssignment } from '../protocol/assignment.ts';
import type { Candidate, ExaminationMessage, Finding } from '../protocol/examination.ts';
import { isPreloadName } from '../protocol/invocation.ts';
import { WARM_UP } from '../protocol/messages.ts';
import { seconds } from '../text/units.ts';
import { type ExaminerOptions, runExaminer } from './examiner.ts';

/** The result of loading everything as a mold would. */
export interface Examination {
  /** In loading order. */
  readonly findings: readonly Finding[];
  /** Why no process can be copied here; undefined if one can, or if there is no addon to try it with. */
  readonly machine: string | undefined;
  /** Why the process that has loaded everything shareable cannot be copied. */
  readonly unforkable: string | undefined;
  /** Memory that its copies would share with it, in bytes; undefined if the examination did not get that far. */
  readonly bytes: number | undefined;
}

/** Runs an examiner that loads everything except what is left out. */
type Examine = (leaveOut: readonly string[], changes?: Pick<LoadAssignment, 'stopsThere' | 'isCold'>) => Promise<Pass>;

/**
 * Has an examiner load what a mold would load, and then others, without what cannot be loaded or shared, until one
 * finds nothing else. So each package is measured together with those that workers would share.
 */
export async function examine(
  assignment: Omit<LoadAssignment, 'leaveOut'>,
  options: ExaminerOptions,
): Promise<Examination> {
  const native = optionalNative();
  // As for a mold: see MoldSpawner.
  if (native && !native.ringsAreRenewable()) native.forbidRings();
  const examineWithout: Examine = async (leaveOut, changes) => {
    const pass = new Pass();
    const whole = { ...assignment, leaveOut, ...changes };
    pass.end(await runExaminer(whole, options, (message) => pass.heard(message)), options.timeout);
    return pass;
  };
  const findings = new Map<string, Finding>();
  const leaveOut: string[] = [];
  // As for molds: see Molds.
  let stopsThere = false;
  let isCold = false;
  for (;;) {
    const pass = await examineWithout(leaveOut, { stopsThere, isCold });
    const found = pass.crash === undefined ? pass.findings : await blame(pass, examineWithout);
    for (const finding of found) findings.set(finding.name, finding);
    const excluded = found.filter(isExcluded);
    if (excluded.length === 0) {
      const { candidates, machine, unforkable, bytes } = pass;
      const names = [...new Set([...candidates.map(({ name }) => name), WARM_UP])];
      const inOrder = names.flatMap((name) => findings.get(name) ?? []);
      return { findings: inOrder, machine, unforkable, bytes };
    }
    const names = excluded.map(({ name }) => name).filter((name) => name !== WARM_UP);
    if (names.length < excluded.length) isCold = true;
    if (names.length > 0) stopsThere = leaveOut.length > 0;
    leaveOut.push(...names);
  }
}

/** Whether the next examiner must do without it. */
function isExcluded({ verdict }: Finding): boolean {
  return verdict !== 'shared' && verdict !== 'skipped' && verdict !== 'unsafe';
}

/**
 * Finds the package that ended the process. It is most likely the one that was being loaded, but an earlier one may
 * have ended it a moment later. Loading each one on its own shows that. If none does it on its own, several do it
 * together, and the last one is named.
 */
async function blame(
  { candidates, loaded, findings, crash }: Pass,
  examineWithout: Examine,
): Promise<readonly Finding[]> {
  const packages = candidates.filter(({ name }) => !isPreloadName(name));
  if (loaded.some(({ name }) => isPreloadName(name))) {
    // Every examiner loads the preloads.
    const bare = await examineWithout(packages.map(({ name }) => name));
    const last = bare.loaded.at(-1);
    if (bare.crash !== undefined && last) return [crashed(last, bare.crash)];
  }
  const suspects = loaded.filter(({ name }) => !isPreloadName(name)).reverse();
  for (const suspect of suspects.length > 1 ? suspects : []) {
    const others = packages.filter((candidate) => candidate !== suspect);
    const alone = await examineWithout(others.map(({ name }) => name));
    if (alone.crash !== undefined) return [crashed(suspect, alone.crash)];
  }
  const [last] = suspects;
  return findings.length > 0 || !last || crash === undefined ? findings : [crashed(last, crash)];
}

function crashed(candidate: Candidate, crash: string): Finding {
  return { ...candidate, verdict: 'crashed', reason: `the process that loaded it ${crash}`, left: [], timers: [] };
}

/** What one examiner reported. */
class Pass {
  candidates: readonly Candidate[] = [];
  machine: string | undefined;
  /** Candidates that it began to load. */
  readonly loaded: Candidate[] = [];
  /** All findings; none if the process ended too early; only the package that was being loaded if it hung. */
  findings: readonly Finding[] = [];
  unforkable: string | undefined;
  bytes: number | undefined;
  /** How it ended too early; undefined if it did not. */
  crash: string | undefined;
  #isOver = false;

  heard(message: ExaminationMessage): void {
    switch (message.type) {
      case 'begun':
        this.candidates = message.candidates;
        this.machine = message.machine;
        break;
      case 'loading': {
        // Undefined for a built-in module.
        const candidate = this.candidates.find(({ name }) => name === message.name);
        if (candidate && candidate !== this.loaded.at(-1)) this.loaded.push(candidate);
        break;
      }
      case 'loaded':
        this.findings = message.findings;
        break;
      case 'ended':
        this.unforkable = message.unforkable;
        this.bytes = message.bytes;
        this.#isOver = true;
        if (message.unforkable !== undefined && this.loaded.at(-1)?.name === WARM_UP) {
          this.#startsCold(`a process that has warmed up cannot be copied: ${message.unforkable}`);
        }
        break;
    }
  }

  end(ending: Exit | 'silent', timeout: number): void {
    if (this.#isOver) return;
    if (ending !== 'silent') this.crash = describe(ending);
    const how = this.crash ?? `was silent for ${seconds(timeout)}`;
    const last = this.loaded.at(-1);
    if (last?.name === WARM_UP) {
      // Without the warm-up, everything else may be fine.
      this.crash = undefined;
      this.#startsCold(`the process that warmed up ${how}`);
      return;
    }
    if (ending === 'silent' && last && this.findings.length === 0) {
      const reason = `it is still not loaded after ${seconds(timeout)}`;
      this.findings = [{ ...last, verdict: 'hung', reason, left: [], timers: [] }];
    } else {
      this.unforkable = `the process that ${last ? 'had loaded all of it' : 'should have loaded it'} ${how}`;
    }
  }

  #startsCold(reason: string): void {
    const others = this.findings.filter(({ name }) => name !== WARM_UP);
    const cold = { name: WARM_UP, application: false, verdict: 'cold', reason, left: [], timers: [] } as const;
    this.findings = [...others, cold];
  }
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `ended with status ${code}` : `was killed by ${signal}`;
}
