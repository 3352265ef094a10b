import { MultiBar, Presets } from 'cli-progress';

/** Shows the progress of the jobs: a bar on a terminal, otherwise a line at each quarter. */
export function openProgress(total) {
  return process.stdout.isTTY ? progressBar(total) : progressLines(total);
}

function progressBar(total) {
  // A MultiBar with one bar, because it can print lines above it.
  const bars = new MultiBar(
    {
      format: '  {bar} {percentage} %  {value} of {total} jobs',
      stream: process.stdout,
      hideCursor: true,
      linewrap: true,
    },
    Presets.shades_classic,
  );
  const bar = bars.create(total, 0);
  return {
    update: (finished) => bar.update(finished),
    log: (line) => bars.log(`${line}\n`),
    close() {
      // Prints the last lines.
      bars.update();
      bars.stop();
    },
  };
}

function progressLines(total) {
  let quarter = 1;
  return {
    update(finished) {
      for (; finished >= (total * quarter) / 4; quarter += 1) console.log(`  ${25 * quarter} % of ${total} jobs`);
    },
    log: (line) => console.log(line),
    close() {},
  };
}

/** Formats a line for each worker, and one for all of them. */
export function summary(results, count, seconds) {
  const workers = Array.from({ length: count }, (_, index) => {
    const jobs = results.map(({ by }) => by).filter((by) => by.index === index);
    const busy = jobs.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
    // The pid of the last job: if a worker died, another process replaced it.
    const { pid = '-', memory = 0 } = jobs.sort((a, b) => a.finishedAt - b.finishedAt).at(-1) ?? {};
    return { index, pid, jobs: jobs.length, busy, memory };
  });
  const total = (name) => workers.reduce((sum, worker) => sum + worker[name], 0);
  const line = (...cells) => cells.map((cell) => String(cell).padStart(9)).join('');
  const megabytes = (bytes) => `${Math.round(bytes / 1024 ** 2)} MB`;
  return [
    line('worker', 'pid', 'jobs', 'busy', 'memory'),
    ...workers.map(({ index, pid, jobs, busy, memory }) =>
      line(index, pid, jobs, `${Math.round((100 * busy) / seconds)} %`, megabytes(memory)),
    ),
    line('all', '', total('jobs'), '', megabytes(total('memory'))),
    `\n${results.length} jobs in ${seconds.toFixed(1)} s, ${Math.round(results.length / seconds)} a second.`,
  ].join('\n');
}
