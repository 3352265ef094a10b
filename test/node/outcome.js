// The outcome of a run of a test, as a word that can be compared.

/** @typedef {{ code: number | null, signal: string | null, hung: boolean, stdout: string, stderr: string }} End */

/** Printed by a test that cannot run on this machine. */
const SKIPPED = /^1\.\.0 # Skipped/m;
/** Printed by Node's test/common for a test that was started without its flags. It then runs it in another process. */
const STARTED_AGAIN = /^NOTE: The test started as a child_process using these flags/m;

/** @param {End} end */
export function outcomeOf({ code, signal, hung, stdout }) {
  if (hung) return 'hangs';
  if (code !== 0) return signal ?? `status ${code}`;
  if (SKIPPED.test(stdout)) return 'skipped';
  return STARTED_AGAIN.test(stdout) ? 'started again' : 'passed';
}
