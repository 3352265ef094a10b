// What became of one run of a test, in a word that can be compared.

/** @typedef {{ code: number | null, signal: string | null, hung: boolean, stdout: string, stderr: string }} End */

/** A test that cannot run here says so. */
const SKIPPED = /^1\.\.0 # Skipped/m;
/** A test that was not started with the flags it wants: Node's test/common runs it once more, in a process of its own. */
const STARTED_AGAIN = /^NOTE: The test started as a child_process using these flags/m;

/** @param {End} end */
export function outcomeOf({ code, signal, hung, stdout }) {
  if (hung) return 'hangs';
  if (code !== 0) return signal ?? `status ${code}`;
  if (SKIPPED.test(stdout)) return 'skipped';
  return STARTED_AGAIN.test(stdout) ? 'started again' : 'passed';
}
