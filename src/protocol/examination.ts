/** A package or module that could be loaded before the fork. */
export interface Candidate {
  /** A package; a file that SWARM_PRELOAD names; the absolute path of a `-r` module; a preload, as "--require newrelic". */
  readonly name: string;
  readonly version?: string | undefined;
  /** It is a `-r` module. */
  readonly application: boolean;
}

/**
 * What becomes of a candidate:
 *
 * - `shared`: loaded before the fork;
 * - `left-out`: loaded by each worker, because workers must not share it;
 * - `skipped`: loaded by each worker, because of what comes before it;
 * - `unsafe`: shared because the user asked for it, although workers should not share it;
 * - `cold`: a warm-up that is not used, because it failed, or left something behind that workers must not share;
 * - `failed`, `crashed`, `hung`: it cannot be loaded, and the user asked for it, or the process did not survive it.
 */
export type Verdict = 'shared' | 'left-out' | 'skipped' | 'unsafe' | 'cold' | 'failed' | 'crashed' | 'hung';

/** What `swarm doctor` found out about a candidate. */
export interface Finding extends Candidate {
  readonly verdict: Verdict;
  /** Why it is not simply shared, in half a sentence. */
  readonly reason?: string | undefined;
  /** What would let swarm share it: a sentence without its full stop. */
  readonly remedy?: string | undefined;
  /** Of the error with which it failed. */
  readonly stack?: string | undefined;
  /** Including everything else that it was the first to load. Undefined if it could not be loaded. */
  readonly ms?: number | undefined;
  readonly bytes?: number | undefined;
  /** Leftovers that workers must not share: "socket", and which one, for people. */
  readonly left: readonly { readonly kind: string; readonly detail: string }[];
  /** Where running timers were set: a file and a line, or a package. */
  readonly timers: readonly string[];
}

/** What the examiner, the process that loads everything for `swarm doctor`, says on its status channel: a line of JSON each. */
export type ExaminationMessage =
  /** `machine`: why no process can be copied here, known before anything is loaded; undefined where it can. */
  | { type: 'begun'; candidates: readonly Candidate[]; machine?: string | undefined }
  /** This comes next: the one to name if nothing more is heard. */
  | { type: 'loading'; name: string }
  | { type: 'loaded'; findings: readonly Finding[] }
  /** `unforkable`: why this process, with everything loaded, cannot be copied. `bytes`: what its copies would share with it. */
  | { type: 'ended'; unforkable?: string | undefined; bytes: number };

const TYPES: readonly unknown[] = ['begun', 'loading', 'loaded', 'ended'] satisfies ExaminationMessage['type'][];

/** Undefined where the line is no message: packages can write to any descriptor. */
export function decodeExamination(line: string): ExaminationMessage | undefined {
  try {
    const message = JSON.parse(line) as ExaminationMessage | null;
    return TYPES.includes(message?.type) ? (message as ExaminationMessage) : undefined;
  } catch {
    return undefined;
  }
}
