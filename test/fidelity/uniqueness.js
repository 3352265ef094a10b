// Checks that no two workers draw the same ids: loads packages as a mold does, except any that a mold would leave out,
// forks, and compares what the copies draw.
//
//   npm install && node uniqueness.js [--used] [--without-renewal] [--json]
//
// --used             draw from each generator before the fork
// --without-renewal  renew nothing in the copies and leave nothing out: this must fail, or the test proves nothing
//
// Status 0: nothing is shared. 1: something is, and a sentence names it. 2: without renewal, something that should be
// shared was not.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { block } from './rows/parts/block.js';

const COPIES = 4;
/** Draws in each copy. Copies with the same state show it in their first draws. */
const DRAWS = 200;
/** Draws before the fork: enough to start using every pool, and too few to use one up. */
const USED = 7;
/** How long all copies may take, in milliseconds. */
const PATIENCE = 120_000;
/** Maximum number of molds, each without the packages that the previous ones had to leave out. Users wait for them. */
const MOLDS = 3;

const { values: options } = parseArgs({
  options: {
    used: { type: 'boolean', default: false },
    'without-renewal': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Internal: the packages that previous molds had to leave out, as JSON; and the number of this mold. */
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

/** Describes a package as an application would load it. */
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

/** Returns a drawing function for each kind. Loads packages that are not loaded yet. */
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

/** In a copy: draws from every kind, writes the draws to the file, and exits. */
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
    // In turn: some kinds draw from the same cache, and only the first to draw would find it as it was at the fork.
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

/** Waits for a copy to end, with the event loop blocked, as in a mold. */
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
    for (const name of same) console.log(`Two workers drew the same from ${name}.`);
    for (const name of blind) console.log(`Without renewal, workers should draw the same from ${name}, but do not.`);
    if (same.length === 0) console.log(`${COPIES} workers drew nothing in common from ${kinds.size} kinds of ids.`);
    if (renewing) console.log(`Each worker loads these itself, from mold ${mold} on: ${leftOut.join(', ')}.`);
  }
  // Some of the packages keep the process alive.
  process.exit(blind.length > 0 ? 2 : Number(same.length > 0));
}

/** @param lists the draws of each copy */
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
