// Measures workers by their origin.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProc } from '../../measure/processes.js';
import { median } from '../../report/statistics.js';
import { Driver } from './driver.js';

const MODULE = join(import.meta.dirname, 'jobs.js');
/** The number of jobs with one of each kind. */
const GROUP = 4;
const MB = 1024;

/** Variants of the first mold. `watched`: its workers record what they draw and open, as a mold that preloads. */
const FIRST_MOLDS = { cold: {}, warmed: { WARM_UP: '1' }, watched: { WARM_UP: '1', WATCH: '1' } };

/** Prints the medians of all rounds, by the first mold and the generation of the workers. */
export async function measureMemory({ rounds, generations, ...options }) {
  const found = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const [first, environment] of Object.entries(FIRST_MOLDS)) {
      const driver = new Driver();
      await driver.boot({ ...options, module: MODULE, environment });
      const last = first === 'watched' ? 1 : generations;
      let became = {};
      for (let generation = 1; generation <= last; generation += 1) {
        const figures = { ...became, ...(await measure(driver, options)) };
        const name = `${first} ${generation}`;
        found.set(name, [...(found.get(name) ?? []), figures]);
        if (generation < last) became = await promote(driver);
      }
      await driver.end();
    }
  }
  const rows = [...found].map(([name, all]) => [name, medians(all)]);
  console.table(Object.fromEntries(rows));
}

async function promote(driver) {
  const before = look(driver).all;
  let both;
  const { times, refused } = await driver.promote(driver.workers[0], {
    meanwhile: () => {
      both = look(driver).all;
    },
  });
  if (refused) throw new Error(`the worker cannot become a mold: ${refused}`);
  return { 'mold after ms': times.all, 'gc ms': times.collect, 'both molds': both - before };
}

async function measure(driver, { count, jobs }) {
  const times = await driver.fork(count);
  await sleep(1500);
  const mold = driver.mold.pid;
  const idle = look(driver);
  const first = await cpuOf(driver, GROUP);
  const second = await cpuOf(driver, GROUP);
  await driver.ask('run', { jobs: jobs / 2 });
  const seen = [];
  const work = cpuOf(driver, jobs / 2);
  for (let isDone = false; !isDone; seen.push(look(driver))) {
    isDone = await Promise.race([work.then(() => true), sleep(250, false)]);
  }
  const loaded = medians(seen);
  return {
    'fork ms': median(times.map(({ fork }) => fork)),
    'ready ms': median(times.map(({ ready }) => ready)),
    'idle: private': idle.private,
    PSS: idle.pss,
    all: idle.all,
    'first 4 ms': first * GROUP,
    'next 4 ms': second * GROUP,
    'load: ms a job': await work,
    private: loaded.private,
    'PSS ': loaded.pss,
    'all ': loaded.all,
    mold: field(mold, 'Anonymous'),
    mappings: readProc(mold, 'maps').split('\n').length - 1,
    threads: readdirSync(`/proc/${mold}/task`).length,
  };
}

/** The CPU time of a job in the median worker, in milliseconds. */
async function cpuOf(driver, jobs) {
  const answers = await driver.ask('run', { jobs });
  return median(answers.map(({ cpu }) => cpu.reduce((sum, each) => sum + each) / jobs));
}

/**
 * Anonymous memory in MB: of a worker on average, and of mold and workers together. File pages do not count: a mold
 * that was a worker has not mapped the pages of Node's program that only a start needs, and would seem 15 to 25 MB
 * smaller.
 */
function look({ workers, mold }) {
  const pids = workers.map(({ pid }) => pid);
  const sum = (name) => pids.reduce((total, pid) => total + field(pid, name), 0);
  return {
    private: sum('Private_Dirty') / pids.length,
    pss: sum('Pss_Anon') / pids.length,
    all: sum('Pss_Anon') + field(mold.pid, 'Pss_Anon'),
  };
}

function field(pid, name) {
  const [, kilobytes = 0] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readProc(pid, 'smaps_rollup')) ?? [];
  return Number(kilobytes) / MB;
}

function medians(all) {
  return Object.fromEntries(
    Object.keys(all[0]).map((name) => [name, Number(median(all.map((each) => each[name])).toFixed(1))]),
  );
}
