// Which memory of a worker is its own, to try out what keeps it shared:
//
//     node bench/experiments/pages.js [--contender swarm-fork] [--count 3] [--jobs 1500] [--flags=…] [VARIABLE=value …]
//
// prints the private megabytes of a worker by kind: idle; while it does the second half of so many jobs; and while it does as
// many again with a full collection every 50 jobs. The work is fixed: the figures do not depend on the machine's speed.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONTENDERS } from '../contenders/index.js';
import { cpuTimeOf, readProc } from '../measure/processes.js';
import { Session } from '../measure/session.js';
import { makePlace } from '../place.js';

const text = (value) => ({ type: 'string', default: value });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { contender: text('swarm-fork'), count: text('3'), jobs: text('1500'), flags: text('') },
});
const [count, jobs] = [Number(values.count), Number(values.jobs)];
const KINDS = ['V8', 'code', 'malloc', 'files', 'shared'];
const variables = Object.fromEntries(positionals.map((pair) => [pair.split('=', 1)[0], pair.replace(/^[^=]*=/, '')]));
const contender = CONTENDERS[values.contender];
const environment = (...args) => ({ ...contender.environment?.(...args), ...variables });

const session = new Session({ ...contender, environment }, count, makePlace(process.execPath, values.flags));
process.on('exit', () => session.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

await session.start();
await sleep(2000);
print('idle', [look()]);
const cpuBefore = cpuTimeOf(session.processes());
print(`under load, ${jobs} jobs`, await work(0, 0));
const cpu = (cpuTimeOf(session.processes()) - cpuBefore) / (jobs * count);
print(`with collections, ${jobs} more`, await work(jobs, 50));
console.log(`${cpu.toFixed(2)} ms of processor time a job`);
await session.stop();
await session.destroy();
process.exit();

/** Has every worker do so many jobs more. @returns what was seen in the second half of them */
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

/** The dirty pages of a worker on average. */
function look() {
  return mean(session.workers().map(dirtyPages));
}

function print(when, seen) {
  const figures = Object.entries(mean(seen)).map(([kind, kilobytes]) => `${kind} ${(kilobytes / 1024).toFixed(1)}`);
  console.log(`${when}: ${figures.join(', ')} MB`);
}

function mean(pages) {
  return Object.fromEntries(
    KINDS.map((kind) => [kind, pages.reduce((sum, page) => sum + page[kind], 0) / pages.length]),
  );
}

/** Kilobytes that a process has written: to itself by kind, and those that it still shares. */
function dirtyPages(pid) {
  const pages = Object.fromEntries(KINDS.map((name) => [name, 0]));
  let kind;
  for (const line of readProc(pid, 'smaps').split('\n')) {
    const [, start, permissions, inode, name] = /^([0-9a-f]+)-\S+ (\S+) \S+ \S+ (\d+)\s*(.*)$/.exec(line) ?? [];
    if (start) kind = kindOf(Number.parseInt(start, 16), permissions, inode, name);
    const [, whose, kilobytes] = /^(Private|Shared)_Dirty:\s+(\d+)/.exec(line) ?? [];
    if (whose === 'Private') pages[kind] += Number(kilobytes);
    if (whose === 'Shared') pages.shared += Number(kilobytes);
  }
  return pages;
}

/** V8 puts its heap where it likes, the allocator's arenas and the stacks are next to the libraries. */
function kindOf(start, permissions, inode, name) {
  if (inode !== '0') return 'files';
  if (name === '[heap]' || name.startsWith('[stack')) return 'malloc';
  if (permissions.includes('x')) return 'code';
  return start > 0x7f0000000000 ? 'malloc' : 'V8';
}
