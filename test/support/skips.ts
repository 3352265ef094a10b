import type { UserConsoleLog } from 'vitest';
import type { Reporter } from 'vitest/node';

/** Repeats the lines about skipped tests at the end of the report. */
export default class Skips implements Reporter {
  readonly #skips: Set<string>;

  /** @param options `skips`: lines about tests that the configuration leaves out */
  constructor({ skips }: { skips: readonly string[] }) {
    this.#skips = new Set(skips);
  }

  onUserConsoleLog({ content }: UserConsoleLog): void {
    for (const line of content.split('\n')) if (line.startsWith('SKIPPED: ')) this.#skips.add(line);
  }

  onTestRunEnd(): void {
    if (this.#skips.size > 0) console.warn(`\n${[...this.#skips].sort().join('\n')}\n`);
  }
}
