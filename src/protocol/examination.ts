/** A package or module that could be loaded before the fork. */
export interface Candidate {
  /** A package, a file in SWARM_PRELOAD, the absolute path of a `-r` module, or a preload ("--require newrelic"). */
  readonly name: string;
  readonly version?: string | undefined;
  /** It is a `-r` module. */
  readonly application: boolean;
}

/**
 * How a candidate is loaded:
 *
 * - `shared`: loaded before the fork;
 * - `left-out`: loaded by each worker, because workers must not share it;
 * - `skipped`: loaded by each worker, because an agent or preload comes before it;
 * - `unsafe`: shared because the user asked for it, although workers should not share it;
 * - `cold`: a warm-up that is not used, because it failed or left something behind that workers must not share;
 * - `failed`, `crashed`, `hung`: it cannot be loaded, and the user asked for it, or the process did not survive it.
 */
export type Verdict = 'shared' | 'left-out' | 'skipped' | 'unsafe' | 'cold' | 'failed' | 'crashed' | 'hung';

/** `swarm doctor`'s result for a candidate. */
export interface Finding extends Candidate {
  readonly verdict: Verdict;
  /** Why it is not simply shared, as a clause. */
  readonly reason?: string | undefined;
  /** What would let swarm share it: a sentence without its full stop. Each skipped candidate has one. */
  readonly remedy?: string | undefined;
  /** Stack of the error with which it failed. */
  readonly stack?: string | undefined;
  /** Loading time, including dependencies that it was the first to load. Undefined if it could not be loaded. */
  readonly ms?: number | undefined;
  readonly bytes?: number | undefined;
  /** Leftovers that workers must not share: a kind such as "socket", and details for people. */
  readonly left: readonly { readonly kind: string; readonly detail: string }[];
  /** Where running timers were set: a file and a line, or a package. */
  readonly timers: readonly string[];
}

/** Messages of the examiner, the process that loads everything for `swarm doctor`: one JSON object per line. */
export type ExaminationMessage =
  /** `machine`: why no process can be copied here, known before anything is loaded; undefined if it can. */
  | { type: 'begun'; candidates: readonly Candidate[]; machine?: string | undefined }
  /** About to load this candidate. If no message follows, it crashed or hung. */
  | { type: 'loading'; name: string }
  | { type: 'loaded'; findings: readonly Finding[] }
  /** `unforkable`: why this process, once all is loaded, cannot be copied. `bytes`: memory that copies would share. */
  | { type: 'ended'; unforkable?: string | undefined; bytes: number };

const TYPES: readonly unknown[] = ['begun', 'loading', 'loaded', 'ended'] satisfies ExaminationMessage['type'][];

/** Returns undefined if the line is not a message: packages can write to any descriptor. */
export function decodeExamination(line: string): ExaminationMessage | undefined {
  try {
    const message = JSON.parse(line) as ExaminationMessage | null;
    return TYPES.includes(message?.type) ? (message as ExaminationMessage) : undefined;
  } catch {
    return undefined;
  }
}
