import { isAbsolute, relative } from 'node:path';
import { WARM_UP } from '../../protocol/messages.ts';
import type { Suspect } from '../../sameness/draws/suspects.ts';
import type { RandomnessRecording } from '../../sameness/randomness.ts';
import { isRenewed } from '../agents/agents.ts';
import { Dependents } from '../dependencies.ts';
import { collectOnce } from '../garbage.ts';
import { untilIdle } from '../idle.ts';
import { isWarmUp, type Load } from '../preload/load.ts';
import type { PreloadReport } from '../preload/report.ts';

/**
 * Finds the packages and modules that could make the same ids in every worker: they drew something while loading and
 * may have kept it.
 */
export class SameIdCheck {
  readonly #recording: RandomnessRecording;
  /** Everything loaded so far, in order. */
  readonly #loaded: Load[] = [];

  constructor(recording: RandomnessRecording) {
    this.#recording = recording;
  }

  /**
   * @param loads the loads of this report
   * @returns the report, with packages of earlier reports that drew only now; and why not to share packages, by name
   */
  async after(
    report: PreloadReport,
    loads: readonly Load[],
  ): Promise<readonly [report: PreloadReport, reasons: Map<string, string>]> {
    // Unfinished work may still draw.
    await untilIdle();
    const names = new Set(report.packages.map(({ name }) => name));
    this.#loaded.push(...loads.filter(({ name }) => names.has(name)));
    const suspects = (await this.#recording.suspects(collectOnce)).filter(({ owner }) => !isRenewed(owner.name));
    const reasons = loads.some(isWarmUp) ? whyWarmUpSharesIds(suspects) : whySameIds(suspects, this.#loaded);
    return [withLate(report, reasons), reasons];
  }
}

function withLate(report: PreloadReport, reasons: ReadonlyMap<string, string>): PreloadReport {
  const known = new Set([...report.packages, ...report.failed].map(({ name }) => name));
  const late = [...reasons.keys()].filter((name) => !known.has(name));
  const rows = late.map((name) => ({ name, version: undefined, ms: 0, bytes: undefined, left: [] }));
  return { ...report, packages: [...report.packages, ...rows] };
}

/**
 * Returns why workers could make the same ids: a clause for each load, by name. A package that depends on a suspect
 * would load it, and gets the same clause.
 */
export function whySameIds(suspects: readonly Suspect[], loads: readonly Load[]): Map<string, string> {
  const reasons = new Map<string, string>();
  const dependents = new Dependents();
  for (const suspect of suspects) {
    const { owner, during } = suspect;
    const { name, directory } = owner;
    const holders = directory === undefined ? [] : dependents.of(directory, loads);
    // According to their package.json files, no load depends on the suspect.
    if (holders.length === 0 && during !== undefined) holders.push(during);
    const subject = holders.length === 1 && holders[0] === name ? 'it' : subjectOf(suspect);
    for (const holder of holders) if (!reasons.has(holder)) reasons.set(holder, sentenceOn(suspect, subject));
  }
  return reasons;
}

/** Blames the warm-up: without it, each worker would draw for itself. */
function whyWarmUpSharesIds([suspect]: readonly Suspect[]): Map<string, string> {
  return new Map(suspect && [[WARM_UP, sentenceOn(suspect, subjectOf(suspect))]]);
}

/** Returns the package, or the file relative to the working directory. */
function subjectOf({ owner: { name, directory } }: Suspect): string {
  return directory === undefined && isAbsolute(name) ? relative(process.cwd(), name) : name;
}

function sentenceOn({ deed }: Suspect, subject: string): string {
  return `${subject} ${deed}, so workers could make the same ids`;
}
