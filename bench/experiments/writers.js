// Shows to which objects of the mold a worker writes, which copies their pages. Needs `nm`; tried on Node 24:
//
//     node bench/experiments/writers.js [--contender swarm-fork-app] [VARIABLE=value …]
//
// prints for each activity of a worker (four jobs, 36 more, a full collection, more collections) how many pages of the
// old generation it copied, and what changed on them: the types of objects, and the number of pages on which only
// objects of that type changed.
import { execFileSync } from 'node:child_process';
import { openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONTENDERS } from '../contenders/index.js';
import { privatePages } from '../measure/private-pages.js';
import { readProc } from '../measure/processes.js';
import { Session } from '../measure/session.js';
import { makePlace } from '../place.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { contender: { type: 'string', default: 'swarm-fork-app' } },
});
const variables = Object.fromEntries(positionals.map((pair) => [pair.split('=', 1)[0], pair.replace(/^[^=]*=/, '')]));
const contender = CONTENDERS[values.contender];
const environment = (...args) => ({ ...contender.environment?.(...args), ...variables });

const PAGE = 4096;
const V8 = Number.parseInt(process.versions.v8, 10);
/** The longest distance in bytes from the begin of an object to a word in it. */
const LONGEST = 16 * 1024;
/** The number of types to list. */
const SHOWN = 8;

const session = new Session({ ...contender, environment }, 2, makePlace(process.execPath));
process.on('exit', () => session.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

await session.start();
await sleep(2000);
const mold = session.processes().find((pid) => readProc(pid, 'cmdline').startsWith('swarm mold'));
const [worker] = session.workers();
const names = typeNames();
const seen = new Set();
show('idle');
await session.ask('run', { jobs: 4 });
show('4 jobs');
await session.ask('run', { jobs: 36 });
show('36 more');
await collect(1, 50);
show('a collection');
await collect(10, 3000);
show('more collections');
await session.stop();
await session.destroy();
process.exit();

async function collect(collectEvery, milliseconds) {
  await session.ask('work', { collectEvery });
  await sleep(milliseconds);
  await session.ask('rest');
}

/** Prints what was copied since the last call. */
function show(when) {
  const pages = privatePages(worker, mold, V8).filter((page) => page.isCopy && page.kind === 'old');
  const fresh = pages.map(({ address }) => address).filter((address) => !seen.has(address));
  for (const address of fresh) seen.add(address);
  const [read, original] = [reader(worker), reader(mold)];
  const written = fresh.map((address) => typesWritten(address, read, original));
  const alone = new Map();
  const all = new Map();
  for (const types of written) {
    for (const type of types) all.set(type, (all.get(type) ?? 0) + 1);
    if (types.size === 1) for (const type of types) alone.set(type, (alone.get(type) ?? 0) + 1);
  }
  const same = written.filter((types) => types.size === 0).length;
  const listed = [...all].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const texts = listed.map(([type, count]) => `${type} ${count} (only type on ${alone.get(type) ?? 0})`);
  console.log(`${when}: ${fresh.length} pages, ${same} of them identical to the mold's; ${texts.join(', ')}`);
}

/** The types of the objects on a page that differ from the mold's. */
function typesWritten(page, read, original) {
  const types = new Set();
  for (let at = page; at < page + PAGE; at += 8) {
    if (read(at) !== original(at)) types.add(typeAround(at, original));
  }
  return types;
}

/** The type of the object around a word of the mold: an object begins with the nearest pointer to a map before it. */
function typeAround(word, read) {
  for (let at = word; at > word - LONGEST; at -= 8) {
    const type = typeOfMap(read(at), read);
    if (type !== undefined) return names.get(type) ?? (type < 128 ? 'STRING' : `type ${type}`);
  }
  return 'unknown';
}

/** @returns the instance type of a map; undefined if this does not point to a map, which itself has the map of maps */
function typeOfMap(pointer, read) {
  if (!isPointer(pointer) || !isPointer(read(Number(pointer - 1n)))) return undefined;
  const ofMap = read(Number(pointer - 1n));
  return names.get(instanceType(ofMap, read)) === 'MAP' ? instanceType(pointer, read) : undefined;
}

/** The second word of a map contains sizes, then the type of its objects. */
function instanceType(map, read) {
  return Number((read(Number(map - 1n) + 8) >> 32n) & 0xffffn);
}

/** V8 sets the lowest bit of pointers. */
function isPointer(word) {
  return word % 8n === 1n && word > 0x100000n && word < 0x7fffffffffffn;
}

/** Returns a function that reads a word of a process. It reads each page only once. */
function reader(pid) {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const pages = new Map();
  return (address) => {
    const page = address - (address % PAGE);
    if (!pages.has(page)) {
      const bytes = Buffer.alloc(PAGE);
      try {
        readSync(memory, bytes, 0, PAGE, page);
      } catch {
        // Nothing is mapped there.
      }
      pages.set(page, bytes);
    }
    return pages.get(page).readBigUInt64LE(address % PAGE);
  };
}

/** The names of V8's instance types by number. Every process of this Node has them as symbols for debuggers. */
function typeNames() {
  const PREFIX = 'v8dbg_type_';
  const symbols = execFileSync('nm', [process.execPath], { encoding: 'utf8', maxBuffer: 1024 ** 3 }).split('\n');
  const [, start] = /^(\w+)-/.exec(readProc(process.pid, 'maps')) ?? [];
  const isRelocated = readProc(process.pid, 'exe').codePointAt(16) === 3;
  const base = isRelocated ? Number.parseInt(start, 16) : 0;
  const read = reader(process.pid);
  const found = symbols.flatMap((line) => {
    const [address, , symbol] = line.split(' ');
    if (!symbol?.startsWith(PREFIX)) return [];
    const at = base + Number.parseInt(address, 16);
    const value = (read(at - (at % 8)) >> BigInt(8 * (at % 8))) & 0xffffn;
    return [[Number(value), symbol.replace(/.*__(\w+)_TYPE$/, '$1')]];
  });
  return new Map(found);
}
