import { optionalNative } from '../native/binding.ts';
import type { Exit } from '../process/spawner.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import type { ExaminationMessage, Finding, Subject } from '../protocol/examination.ts';
import { isPreloadName } from '../protocol/invocation.ts';
import { type Place, runExaminer } from './examiner.ts';

/** What a mold would come to. */
export interface Examination {
  /** In the order in which they would be loaded. */
  readonly findings: readonly Finding[];
  /** Why no process can be copied here; undefined where it can, or where there is no addon to try it. */
  readonly machine: string | undefined;
  /** Why the process that has loaded all that can be shared cannot be copied. */
  readonly unforkable: string | undefined;
  /** What its copies would have in common; undefined where it did not come to that. */
  readonly bytes: number | undefined;
}

/**
 * Loads everything but what is to be left out, in a process of its own.
 *
 * @param stopsThere and nothing that comes after it
 */
type Load = (leaveOut: readonly string[], stopsThere?: boolean) => Promise<Pass>;

/**
 * Loads what a mold would load, in a process that is thrown away; and again, in another, without what cannot be shared or
 * loaded, until the rest can be. So each package is measured in the company in which it would be shared.
 */
export async function examine(assignment: Omit<MoldAssignment, 'leaveOut'>, place: Place): Promise<Examination> {
  const native = optionalNative();
  // As for a mold: see MoldSpawner.
  if (native && !native.ringsAreRenewable()) native.forbidRings();
  const load: Load = async (leaveOut, stopsThere = false) => {
    const pass = new Pass();
    const whole = { ...assignment, leaveOut, stopsThere };
    pass.end(await runExaminer(whole, place, (message) => pass.heard(message)), place.timeout);
    return pass;
  };
  const findings = new Map<string, Finding>();
  const leaveOut: string[] = [];
  // As for molds: see Molds.
  for (let time = 1; ; time += 1) {
    const pass = await load(leaveOut, time > 2);
    const found = pass.crash === undefined ? pass.findings : await blame(pass, load);
    for (const finding of found) findings.set(finding.name, finding);
    const unfit = found.filter(({ fate }) => fate !== 'shared' && fate !== 'skipped' && fate !== 'unsafe');
    if (unfit.length === 0) {
      const { subjects, machine, unforkable, bytes } = pass;
      const inOrder = subjects.flatMap(({ name }) => findings.get(name) ?? []);
      return { findings: inOrder, machine, unforkable, bytes };
    }
    leaveOut.push(...unfit.map(({ name }) => name));
  }
}

/**
 * Who has ended the process: most likely the one that was being loaded, but it may be one before it, a moment later. That
 * shows when each is loaded alone. Where nobody is to blame, it is the company that they are in.
 */
async function blame({ subjects, loaded, findings, crash }: Pass, load: Load): Promise<readonly Finding[]> {
  const packages = subjects.filter(({ name }) => !isPreloadName(name));
  if (loaded.some(({ name }) => isPreloadName(name))) {
    // They are loaded in each of these processes.
    const bare = await load(packages.map(({ name }) => name));
    const last = bare.loaded.at(-1);
    if (bare.crash !== undefined && last) return [crashed(last, bare.crash)];
  }
  const suspects = loaded.filter(({ name }) => !isPreloadName(name)).reverse();
  for (const suspect of suspects.length > 1 ? suspects : []) {
    const alone = await load(packages.filter((subject) => subject !== suspect).map(({ name }) => name));
    if (alone.crash !== undefined) return [crashed(suspect, alone.crash)];
  }
  const [last] = suspects;
  return findings.length > 0 || !last || crash === undefined ? findings : [crashed(last, crash)];
}

function crashed(subject: Subject, crash: string): Finding {
  return { ...subject, fate: 'crashed', reason: `the process that loaded it ${crash}`, left: [], timers: [] };
}

/** What was heard of one process. */
class Pass {
  subjects: readonly Subject[] = [];
  machine: string | undefined;
  /** Those that it has begun to load. */
  readonly loaded: Subject[] = [];
  /** All of them; none where the process has ended before; the one that it was loading if it has hung. */
  findings: readonly Finding[] = [];
  unforkable: string | undefined;
  bytes: number | undefined;
  /** How it has ended before it was to; undefined where it has not. */
  crash: string | undefined;
  #isOver = false;

  heard(message: ExaminationMessage): void {
    switch (message.type) {
      case 'begun':
        this.subjects = message.subjects;
        this.machine = message.machine;
        break;
      case 'loading': {
        // None where it is a part of Node.
        const subject = this.subjects.find(({ name }) => name === message.name);
        if (subject && subject !== this.loaded.at(-1)) this.loaded.push(subject);
        break;
      }
      case 'loaded':
        this.findings = message.findings;
        break;
      case 'ended':
        this.unforkable = message.unforkable;
        this.bytes = message.bytes;
        this.#isOver = true;
        break;
    }
  }

  end(ending: Exit | 'silent', timeout: number): void {
    if (this.#isOver) return;
    if (ending !== 'silent') this.crash = describe(ending);
    const how = this.crash ?? `was not heard of for ${timeout / 1000} s`;
    const last = this.loaded.at(-1);
    if (ending === 'silent' && last && this.findings.length === 0) {
      const reason = `it is still not loaded after ${timeout / 1000} s`;
      this.findings = [{ ...last, fate: 'hung', reason, left: [], timers: [] }];
    } else {
      this.unforkable = `the process that ${last ? 'had loaded' : 'was to load'} all of it ${how}`;
    }
  }
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `ended with status ${code}` : `was killed by ${signal}`;
}
