import type { RandomnessRecording } from '../sameness/randomness.ts';
import { isRenewed } from './agents/agents.ts';
import { collectOnce } from './garbage.ts';
import { untilIdle } from './idle.ts';
import type { Load } from './preload/load.ts';
import type { PreloadReport } from './preload/report.ts';
import { unshareable } from './unshareable.ts';

/** Looks, after some things were loaded, for what any of those that are loaded by now has drawn and may keep. */
export class Scrutiny {
  readonly #recording: RandomnessRecording;
  /** All that is loaded, in order. */
  readonly #loaded: Load[] = [];

  constructor(recording: RandomnessRecording) {
    this.#recording = recording;
  }

  /**
   * @param loads those of the report
   * @returns why some must not be shared, by their names; and the report, with what was loaded before but has drawn only now
   */
  async of(report: PreloadReport, loads: readonly Load[]): Promise<readonly [PreloadReport, Map<string, string>]> {
    // What was begun may still draw.
    await untilIdle();
    const names = new Set(report.packages.map(({ name }) => name));
    this.#loaded.push(...loads.filter(({ name }) => names.has(name)));
    const suspects = (await this.#recording.suspects(collectOnce)).filter(({ owner }) => !isRenewed(owner.name));
    const reasons = unshareable(suspects, this.#loaded);
    return [withLate(report, reasons), reasons];
  }
}

function withLate(report: PreloadReport, reasons: ReadonlyMap<string, string>): PreloadReport {
  const known = new Set([...report.packages, ...report.failed].map(({ name }) => name));
  const late = [...reasons.keys()].filter((name) => !known.has(name));
  const rows = late.map((name) => ({ name, version: undefined, ms: 0, bytes: undefined, left: [] }));
  return { ...report, packages: [...report.packages, ...rows] };
}
