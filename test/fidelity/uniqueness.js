// No two workers draw the same: a process loads packages as a mold does, and leaves out what a mold would leave out; it
// forks, and compares what its copies draw.
//
//   npm install && node uniqueness.js [--used] [--without-renewal] [--json]
//
// --used             it has drawn from each of them before the fork
// --without-renewal  the copies renew nothing, and nothing is left out: this must fail, or the test proves nothing
//
// Status 0: nothing is shared. 1: something is, and a sentence names it. 2: without renewal something that should be
// shared was not.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { block } from './rows/parts/block.js';

const COPIES = 4;
/** Copies that begin with the same begin with the same draws. */
const DRAWS = 200;
/** As many as make every pool begin, and none end. */
const USED = 7;
/** For all copies, milliseconds. */
const PATIENCE = 120_000;
/** Molds, each without what the ones before it had to leave out. Users wait for them. */
const MOLDS = 3;

const { values: options } = parseArgs({
  options: {
    used: { type: 'boolean', default: false },
    'without-renewal': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Internal: what the molds before this one had to leave out, as JSON; and how many there were. */
    'left-out': { type: 'string', default: '[]' },
    mold: { type: 'string', default: '1' },
  },
});
const renewing = !options['without-renewal'];
const leftOut = JSON.parse(options['left-out']);
const mold = Number(options.mold);

const dist = new URL('../../dist/', import.meta.url);
const part = (path) => import(new URL(path, dist).href);
const native = (await part('native/binding.js')).loadNative();
const { collect } = await part('mold/garbage.js');
const { untilIdle } = await part('mold/idle.js');
const { load } = await part('mold/preload/load.js');
const { preload } = await part('mold/preload/preload.js');
const { judge } = await part('mold/verdict/judge.js');
const { whySameIds } = await part('mold/verdict/same-ids.js');
const { resolveFrom } = await part('mold/trace/resolution.js');
const { assumeIdentity } = await part('worker/copy/identity.js');
const { RandomnessRecording, renewRandomness } = await part('sameness/randomness.js');

const recording = renewing ? new RandomnessRecording() : undefined;
const { kinds } = await import('./uniqueness/kinds.js');
const loads = new Map([...kinds.values()].flatMap(({ from }) => (from === undefined ? [] : [[from, loadOf(from)]])));
const shared = [...loads.values()].filter(({ name }) => !leftOut.includes(name));
const report = await preload(shared, { onPackage: (name) => recording?.begin(name) });
const found = recording ? whySameIds(await recording.suspects(collect), shared) : new Map();
const spoilt = judge(report, found, () => 'rule').map(({ name }) => name);
if (recording && spoilt.length > 0) makeAnother();
if (options.used) await useAll();
await untilIdle();
collect();
const randomness = await recording?.end();
if (renewing) native.renewGenerators();

const directory = mkdtempSync(join(tmpdir(), 'swarm-uniqueness-'));
const pids = [];
for (let copy = 0; copy < COPIES; copy += 1) {
  const pid = native.fork(false);
  if (pid === 0) await drawAll(join(directory, String(copy)));
  pids.push(pid);
}
for (const pid of pids) await ended(pid);
conclude();

/** As an application would ask for it. */
function loadOf(from) {
  const [how, specifier] = from.split(' ');
  const file = fileURLToPath(import.meta.url);
  const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier);
  return { name, specifier, how, from: file, url: resolveFrom(specifier, how, file) };
}

function makeAnother() {
  if (mold === MOLDS) throw new Error(`mold ${mold} would be thrown away as well, for ${spoilt.join(', ')}`);
  const next = ['--left-out', JSON.stringify([...leftOut, ...spoilt]), '--mold', String(mold + 1)];
  const given = [options.used && '--used', options.json && '--json'].filter(Boolean);
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...given, ...next];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** A function that draws for each kind, out of what is loaded already, or is loaded now. */
async function drawers(wanted) {
  const drawers = new Map();
  for (const [name, { from, make }] of wanted) drawers.set(name, make(await exportsOf(from)));
  return drawers;
}

async function exportsOf(from) {
  if (from === undefined) return undefined;
  const wanted = loads.get(from);
  await load(wanted);
  const file = fileURLToPath(wanted.url);
  const { createRequire } = await import('node:module');
  return wanted.how === 'require' ? createRequire(file)(file) : import(wanted.url);
}

function isLeftOut({ from }) {
  return from !== undefined && leftOut.includes(loads.get(from).name);
}

async function useAll() {
  const wanted = [...kinds].filter(([, kind]) => !kind.unrenewable && !isLeftOut(kind));
  for (const draw of (await drawers(wanted)).values()) for (let i = 0; i < USED; i += 1) await draw();
}

/** In a copy. */
async function drawAll(file) {
  let status = 1;
  try {
    if (randomness) {
      assumeIdentity(native.pid());
      renewRandomness(randomness);
      native.renewGenerators();
    }
    const drawn = {};
    const draws = await drawers(kinds);
    for (const name of draws.keys()) drawn[name] = [];
    // In turn: some of them draw from the same cache, which only the first of them would find as it was.
    for (let i = 0; i < DRAWS; i += 1) {
      for (const [name, draw] of draws)
        if (i < (kinds.get(name).count ?? DRAWS)) drawn[name].push(String(await draw()));
    }
    writeFileSync(file, JSON.stringify(drawn));
    status = 0;
  } catch (error) {
    console.error(error);
  } finally {
    native.exit(status);
  }
}

/** The event loop stays blocked during this, as in a mold. */
async function ended(pid) {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const end = native.reap(pid);
    if (end?.code === 0) return;
    if (end) throw new Error(`a copy ended with ${end.signal ?? `status ${end.code}`}`);
    if (performance.now() > deadline) throw new Error(`copy ${pid} has not ended after ${PATIENCE / 1000} s`);
    block(1);
  }
}

function conclude() {
  const copies = Array.from(pids, (_, copy) => JSON.parse(readFileSync(join(directory, String(copy)), 'utf8')));
  rmSync(directory, { recursive: true });
  const names = [...kinds.keys()];
  const same = names.filter((name) => {
    const kind = kinds.get(name);
    return kind.byTime && renewing ? !isLeftOut(kind) : isShared(copies.map((drawn) => drawn[name]));
  });
  const expected = (name) => {
    const { shared: when } = kinds.get(name);
    return when === 'always' || (when === 'used' && options.used && !kinds.get(name).unrenewable);
  };
  const blind = renewing ? [] : names.filter((name) => expected(name) && !same.includes(name));
  if (options.json) {
    console.log(JSON.stringify({ kinds: names, shared: same, blind, leftOut, molds: mold }));
  } else {
    for (const name of same) console.log(`Two workers have drawn the same from ${name}.`);
    for (const name of blind)
      console.log(`Without renewal, two workers should draw the same from ${name}: they do not.`);
    if (same.length === 0) console.log(`${COPIES} workers have nothing in common: ${kinds.size} kinds of ids.`);
    if (renewing) console.log(`Each worker loads for itself, from mold ${mold} on: ${leftOut.join(', ')}.`);
  }
  // Some of what was used keeps a process.
  process.exit(blind.length > 0 ? 2 : Number(same.length > 0));
}

/** @param lists what each of the copies has drawn */
function isShared(lists) {
  const owners = new Map();
  return lists.some((list, copy) =>
    list.some((id) => {
      const owner = owners.get(id) ?? copy;
      owners.set(id, owner);
      return owner !== copy;
    }),
  );
}
