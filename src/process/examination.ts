import { optionalNative } from '../native/binding.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import type { ExaminationMessage, Finding, Subject } from '../protocol/examination.ts';
import { type Place, runExaminer } from './examiner.ts';
import type { Exit } from './spawner.ts';

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
 * Loads what a mold would load, in a process that is thrown away; and again, in another, without what cannot be shared or
 * loaded, until the rest can be. So each package is measured in the company in which it would be shared.
 */
export async function examine(assignment: Omit<MoldAssignment, 'leaveOut'>, place: Place): Promise<Examination> {
  const native = optionalNative();
  // As for a mold: see MoldSpawner.
  if (native && !native.ringsAreRenewable()) native.forbidRings();
  const findings = new Map<string, Finding>();
  const leaveOut: string[] = [];
  for (;;) {
    const pass = new Pass();
    pass.end(await runExaminer({ ...assignment, leaveOut }, place, (message) => pass.heard(message)), place.timeout);
    for (const finding of pass.findings) findings.set(finding.name, finding);
    const { subjects, machine, unforkable, bytes } = pass;
    if (pass.unfit.length === 0) {
      const inOrder = subjects.flatMap(({ name }) => findings.get(name) ?? []);
      return { findings: inOrder, machine, unforkable, bytes };
    }
    leaveOut.push(...pass.unfit);
  }
}

/** What was heard of one process. */
class Pass {
  subjects: readonly Subject[] = [];
  machine: string | undefined;
  /** All of them; or, where the process has ended before that, the one it was loading. */
  findings: readonly Finding[] = [];
  unforkable: string | undefined;
  bytes: number | undefined;
  #state: 'begins' | 'loads' | 'rests' | 'is over' = 'begins';
  #loading: string | undefined;

  heard(message: ExaminationMessage): void {
    switch (message.type) {
      case 'begun':
        this.#state = 'loads';
        this.subjects = message.subjects;
        this.machine = message.machine;
        break;
      case 'loading':
        // Not a part of Node: what ends the process then is a package that was loaded before.
        if (this.subjects.some(({ name }) => name === message.name)) this.#loading = message.name;
        break;
      case 'loaded':
        this.#state = 'rests';
        this.findings = message.findings;
        break;
      case 'ended':
        this.#state = 'is over';
        this.unforkable = message.unforkable;
        this.bytes = message.bytes;
        break;
    }
  }

  end(ending: Exit | 'silent', timeout: number): void {
    const how = ending === 'silent' ? `was not heard of for ${timeout / 1000} s` : describe(ending);
    const subject = this.subjects.find(({ name }) => name === this.#loading);
    if (this.#state === 'rests') {
      this.unforkable = `the process that had loaded all of it ${how}`;
    } else if (this.#state === 'loads' && subject) {
      const [fate, reason] =
        ending === 'silent'
          ? (['hung', `it is still not loaded after ${timeout / 1000} s`] as const)
          : (['crashed', `the process that loaded it ${how}`] as const);
      this.findings = [{ ...subject, fate, reason, left: [], timers: [] }];
    } else if (this.#state !== 'is over') {
      throw new Error(`the process that was to load packages ${how} before it had begun: this is a bug in swarm`);
    }
  }

  /** What the next process is to do without. */
  get unfit(): string[] {
    return this.findings.filter(({ fate }) => fate !== 'shared' && fate !== 'risky').map(({ name }) => name);
  }
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `ended with status ${code}` : `was killed by ${signal}`;
}
