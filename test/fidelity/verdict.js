import { isDeepStrictEqual } from 'node:util';

/**
 * Decides whether a row passed, from everything that its mold and its child reported, and from how the mold ended.
 */
export function verdict(row, reports, mold, plain) {
  const told = reports.filter(({ outcome }) => outcome);
  const absent = told.find(({ outcome }) => outcome === 'absent');
  const failures = [...moldFailures(row, mold, plain), ...childFailures(row, reports, mold, plain)];
  for (const { who, outcome, message } of told) if (outcome === 'failed') failures.push(`in the ${who}: ${message}`);
  if (failures.length > 0) return { outcome: 'failed', message: [...failures, mold.stderr].join('\n').trimEnd() };
  return absent ? { outcome: 'absent', message: absent.message } : { outcome: 'passed', message: '' };
}

function* moldFailures(row, mold, plain) {
  const { code, signal, hung, leftBehind } = mold;
  const itself = plain ? 'the process' : 'the mold';
  if (hung !== undefined) yield `${itself} hung:\n${hung}`;
  else if (!(plain && row.ends) && (code !== 0 || signal)) yield `${itself} ended with ${signal ?? code}`;
  if (leftBehind.length > 0) yield `it left processes behind: ${leftBehind.join(', ')}`;
}

function* childFailures(row, reports, mold, plain) {
  const end = reports.find((report) => report.end)?.end;
  const hung = reports.find((report) => report.hung)?.hung;
  const said = (who) => reports.some((report) => report.who === who && report.outcome);
  if (hung !== undefined) yield `the child hung:\n${hung}`;
  if (row.ends) {
    yield* endingFailures(row, plain ? mold : end, mold);
    return;
  }
  if (!plain && !said('child')) yield 'the child ended before the row had';
  if ((plain || row.mold) && !said('mold')) yield 'the mold ended before the row had';
  if (!plain && hung === undefined && !isDeepStrictEqual(end, { code: 0, signal: null })) {
    yield `the child ended with ${JSON.stringify(end)}`;
  }
}

/** For rows about exits. With stdout on a pipe, plain mode sees only the exit status of the pipe's reader. */
function* endingFailures({ ends, stdout }, end, mold) {
  const { code, signal = null, prints, complains = '' } = ends;
  if (!(end === mold && stdout === 'pipe') && (end?.code !== code || end?.signal !== signal)) {
    yield `ended with ${JSON.stringify({ code: end?.code, signal: end?.signal })}`;
  }
  if (mold.stdout !== prints) {
    yield `printed ${mold.stdout.length} characters instead of ${prints.length}, the last are ${JSON.stringify(mold.stdout.slice(-100))}`;
  }
  if (!mold.stderr.includes(complains)) yield `did not say ${complains}`;
}
