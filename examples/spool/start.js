// The demonstration, `npm start`: fills a queue, lets a swarm of four workers do the jobs, and shows the result.
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Queue } from './queue.js';
import { openProgress, summary } from './report.js';
import { exampleJob } from './work.js';

const JOBS = 400;
const WORKERS = 4;
const SWARM = join(import.meta.dirname, '../../bin/swarm');

/** Aborts when the swarm should stop: all jobs are done, or the user pressed Ctrl-C. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt(constants.signals[signal]));
// The reader is gone: a closed terminal, or `| head`.
process.stdout.on('error', () => interrupt(constants.signals.SIGPIPE));

function interrupt(signal) {
  // The status that a shell reports.
  process.exitCode ||= 128 + signal;
  stop.abort();
}

const spool = await mkdtemp(join(tmpdir(), 'swarm-spool-'));
try {
  await demonstrate(new Queue(spool));
} finally {
  if (process.argv.includes('--keep')) console.log(`The jobs and their results are in ${spool}`);
  else await rm(spool, { recursive: true });
}

async function demonstrate(queue) {
  await queue.open();
  for (let number = 0; number < JOBS; number += 1) await queue.add(exampleJob(number));
  console.log(`${JOBS} jobs (hashing, JSON, compressing) for ${WORKERS} worker processes:\n`);

  const progress = openProgress(JOBS);
  const startedAt = performance.now();
  const swarm = startSwarm();
  createInterface({ input: swarm.all }).on('line', (line) => show(line, progress));
  // If swarm exits on its own, there is nothing left to wait for.
  swarm.finally(() => stop.abort());
  await follow(queue, progress);
  const seconds = (performance.now() - startedAt) / 1000;
  stop.abort();
  const { exitCode, signal } = await swarm;
  progress.close();

  const done = await queue.results('done');
  const failed = await queue.results('failed');
  console.log(`\n${summary(done, WORKERS, seconds)}`);
  if (done.length === JOBS && failed.length === 0 && exitCode === 0) return;

  const ended = exitCode === undefined ? `by ${signal}` : `with status ${exitCode}`;
  console.error(`\n${done.length} of ${JOBS} jobs were done, ${failed.length} failed, and swarm ended ${ended}.`);
  if (failed.length > 0) console.error(`The first that failed: ${failed[0].error}`);
  process.exitCode ||= 1;
}

/** Runs `swarm -r ./jobs.js` as a shell would. TERM stops it: each worker finishes its current job. */
function startSwarm() {
  return execa(process.execPath, [SWARM, '-r', './jobs.js'], {
    cwd: import.meta.dirname,
    env: {
      SPOOL: spool,
      SWARM_COUNT: String(WORKERS),
      SWARM_INDEX: '0',
      SWARM_LOG_LEVEL: 'info',
      SWARM_LOG_FORMAT: 'json',
    },
    stdin: 'inherit',
    all: true,
    reject: false,
    cancelSignal: stop.signal,
    // swarm itself kills workers that take too long.
    forceKillAfterDelay: false,
  });
}

/** Shows swarm's boot line, its warnings and errors, and everything that workers print. */
function show(line, progress) {
  const { level, event, msg } = parsed(line);
  if (msg === undefined) progress.log(line);
  else if (event === 'boot' || level !== 'info') progress.log(msg);
}

function parsed(line) {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

/** Resolves when every job has a result, or when the swarm should stop. */
async function follow(queue, progress) {
  let finished = 0;
  while (finished < JOBS && !stop.signal.aborted) {
    await sleep(100, undefined, { signal: stop.signal }).catch(() => {});
    finished = (await queue.names('done')).length + (await queue.names('failed')).length;
    progress.update(finished);
  }
}
