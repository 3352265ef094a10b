// Shows which memory of a worker is private, to try out what keeps it shared:
//
//     node bench/experiments/pages.js [--contender swarm-fork] [--count 3] [--jobs 1500] [--flags=…] [VARIABLE=value …]
//
// prints the private memory of a worker in MB by kind, as "copied from the mold + new": idle; during the second half of
// this many jobs; and during as many again with a full collection every 50 jobs. The work is fixed, so the figures do
// not depend on the machine's speed, but on when V8 collects garbage. Two runs differ by a tenth.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONTENDERS } from '../contenders/index.js';
import { KINDS, privatePages } from '../measure/private-pages.js';
import { cpuTimeOf, readProc } from '../measure/processes.js';
import { Session } from '../measure/session.js';
import { makePlace } from '../place.js';

const text = (value) => ({ type: 'string', default: value });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { contender: text('swarm-fork'), count: text('3'), jobs: text('1500'), flags: text('') },
});
const [workers, jobs] = [Number(values.count), Number(values.jobs)];
const V8 = Number.parseInt(process.versions.v8, 10);
const PAGE_MB = 4096 / 1024 ** 2;
const variables = Object.fromEntries(positionals.map((pair) => [pair.split('=', 1)[0], pair.replace(/^[^=]*=/, '')]));
const contender = CONTENDERS[values.contender];
const environment = (...args) => ({ ...contender.environment?.(...args), ...variables });

const session = new Session({ ...contender, environment }, workers, makePlace(process.execPath, values.flags));
process.on('exit', () => session.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

await session.start();
await sleep(2000);
const mold = session.processes().find((pid) => readProc(pid, 'cmdline').startsWith('swarm mold'));
print('idle', [look()]);
const cpuBefore = cpuTimeOf(session.processes());
print(`under load, ${jobs} jobs`, await work(0, 0));
const cpu = (cpuTimeOf(session.processes()) - cpuBefore) / (jobs * workers);
print(`with collections, ${jobs} more`, await work(jobs, 50));
console.log(`${cpu.toFixed(2)} ms of CPU time per job`);
await session.stop();
await session.destroy();
process.exit();

/** Makes every worker do this many more jobs. @returns samples from the second half */
async function work(done, collectEvery) {
  await session.ask('work', { collectEvery });
  const seen = [];
  for (let least = done; least < done + jobs; ) {
    await sleep(250);
    least = Math.min(...[...(await session.ask('count')).values()].map((answer) => answer.jobs));
    if (least > done + jobs / 2) seen.push(look());
  }
  await session.ask('rest');
  return seen;
}

/** The average private pages of a worker. */
function look() {
  return mean(session.workers().map((pid) => count(privatePages(pid, mold, V8))));
}

/** Megabytes by kind: [copied, new]. */
function count(pages) {
  const found = Object.fromEntries(KINDS.map((kind) => [kind, [0, 0]]));
  for (const { kind, isCopy } of pages) found[kind][isCopy ? 0 : 1] += PAGE_MB;
  return found;
}

function print(when, seen) {
  const figures = Object.entries(mean(seen)).map(([kind, parts]) => [kind, parts.map((part) => part.toFixed(1))]);
  const shown = figures.map(([kind, parts]) => `${kind} ${parts.join(' + ')}`);
  console.log(`${when}: ${shown.join(', ')} MB`);
}

function mean(figures) {
  const part = (kind, index) => figures.reduce((sum, each) => sum + each[kind][index], 0) / figures.length;
  return Object.fromEntries(KINDS.map((kind) => [kind, [part(kind, 0), part(kind, 1)]]));
}
