/** What a package, or a module, has left behind that workers must not share. */
export interface Remainder {
  /** "socket", "worker thread", … */
  readonly kind: string;
  /** Which one, for people. */
  readonly detail: string;
}

/**
 * What would become of a package or a module before the fork. Left out: each worker loads it for itself. Unsafe: shared as
 * it was asked for, although it should not be. Skipped: each worker loads it, because of what comes before it. Failed,
 * crashed, hung: it cannot be loaded.
 */
export type Fate = 'shared' | 'left-out' | 'skipped' | 'unsafe' | 'failed' | 'crashed' | 'hung';

/** What is to be loaded, in order. */
export interface Subject {
  /** A package; a file that SWARM_PRELOAD names; the absolute path of a `-r` module; a preload, as "--require newrelic". */
  readonly name: string;
  readonly version?: string | undefined;
  /** It is a `-r` module. */
  readonly application: boolean;
}

/** What was found out about it. */
export interface Finding extends Subject {
  readonly fate: Fate;
  /** Why it is not simply shared, in half a sentence. */
  readonly reason?: string | undefined;
  /** What would let it be shared, as a sentence. */
  readonly remedy?: string | undefined;
  /** Of the error with which it failed. */
  readonly stack?: string | undefined;
  /** With what it has loaded that was not there before. Undefined where it could not be loaded. */
  readonly ms?: number | undefined;
  readonly bytes?: number | undefined;
  readonly left: readonly Remainder[];
  /** Where timers were set that are still running: a file and a line, or a package. */
  readonly timers: readonly string[];
}

/** What the process that `swarm doctor` loads everything in says on its status channel: one JSON object a line. */
export type ExaminationMessage =
  /** `machine`: why a process cannot be copied here, before anything is loaded; undefined where it can. */
  | { type: 'begun'; subjects: readonly Subject[]; machine?: string | undefined }
  /** This comes next: the one to name if nothing more is heard. */
  | { type: 'loading'; name: string }
  | { type: 'loaded'; findings: readonly Finding[] }
  /** `unforkable`: why this process cannot be copied, now that all is loaded. `bytes`: what a copy has in common with it. */
  | { type: 'ended'; unforkable?: string | undefined; bytes: number };

const TYPES: readonly unknown[] = ['begun', 'loading', 'loaded', 'ended'] satisfies ExaminationMessage['type'][];

/** The message in a line, or nothing where the line is not one: what is loaded can write to any descriptor. */
export function decodeExamination(line: string): ExaminationMessage | undefined {
  try {
    const message = JSON.parse(line) as ExaminationMessage | null;
    return TYPES.includes(message?.type) ? (message as ExaminationMessage) : undefined;
  } catch {
    return undefined;
  }
}
