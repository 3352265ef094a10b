const SHOWN = 10;

/** Formats an incident that is over. */
export function describeIncident({ kind, done, from, to, pids }) {
  const whom = Array.isArray(pids) ? `pid ${pids.join(', ')}` : (pids ?? '');
  return `${String(done).padStart(6)} done  ${kind.padEnd(8)} ${((to - from) / 1000).toFixed(0).padStart(6)} ms  ${whom}`.trimEnd();
}

/** Formats the result of a run. */
export function table({ title, seconds, incidents, verdict, directory }) {
  const { jobs, done, lost, repeated, twice, reasons, workers, tokens, violations } = verdict;
  const lines = [
    `${title}: ${seconds} s`,
    row('jobs', jobs),
    row('incidents', `${incidents.length}: ${counts(countBy(incidents, ({ kind }) => kind))}`),
    row('done', done),
    row('lost', lost),
    row(
      'begun twice or more',
      repeated === 0 ? 0 : `${repeated}, of which ${twice} were done twice; runs by reason: ${counts(reasons)}`,
    ),
    row('names of workers', `${workers}, tokens: ${tokens}`),
  ];
  for (const [invariant, list] of Object.entries(violations)) {
    lines.push(`  ${list.length === 0 ? 'ok    ' : 'FAILED'}  ${invariant}`);
    for (const violation of list.slice(0, SHOWN)) lines.push(`          ${violation}`);
    if (list.length > SHOWN) lines.push(`          and ${list.length - SHOWN} more`);
  }
  if (directory) lines.push(`  the ledger, the data of the server and stderr are in ${directory}`);
  return lines.join('\n');
}

/** Formats several runs, one per line. */
export function summary(rows) {
  const cells = rows.map(({ title, incidents, verdict, clean, seconds }) => [
    title,
    verdict.jobs,
    incidents.length,
    verdict.done,
    verdict.lost,
    verdict.repeated,
    verdict.twice,
    `${seconds} s`,
    clean ? 'ok' : 'FAILED',
  ]);
  const all = [['', 'jobs', 'incidents', 'done', 'lost', 'begun twice', 'done twice', 'time', ''], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => String(line[column]).length)));
  return all
    .map((line) =>
      line
        .map((cell, column) => align(cell, widths[column], column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function align(cell, width, column) {
  return column === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
}

function row(name, value) {
  return `  ${name.padEnd(20)} ${value}`;
}

function counts(numbers) {
  return Object.entries(numbers)
    .map(([name, number]) => `${number} ${name}`)
    .join(', ');
}

function countBy(list, key) {
  const numbers = {};
  for (const each of list) numbers[key(each)] = (numbers[key(each)] ?? 0) + 1;
  return numbers;
}
