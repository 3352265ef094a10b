// No two workers draw the same: a process loads packages as a mold does, forks, and compares what its copies draw.
//
//   npm install && node uniqueness.js [--used] [--without-renewal] [--json]
//
// --used             it has drawn from each of them before the fork
// --without-renewal  the copies renew nothing: this must fail, or the test proves nothing
//
// Status 0: nothing is shared. 1: something is, and a sentence names it. 2: without renewal something that should be
// shared was not.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { block } from './rows/parts/block.js';

const COPIES = 8;
const DRAWS = 2000;
/** As many as make every pool begin, and none end. */
const USED = 7;
/** For all copies, milliseconds. */
const PATIENCE = 120_000;

const { values: options } = parseArgs({
  options: {
    used: { type: 'boolean', default: false },
    'without-renewal': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const renewing = !options['without-renewal'];

const dist = new URL('../../dist/', import.meta.url);
const native = (await import(new URL('native/binding.js', dist).href)).loadNative();
const { collect, settle } = await import(new URL('mold/pristine.js', dist).href);
const { assumeIdentity } = await import(new URL('worker/identity.js', dist).href);
const { RandomnessRecording, renewRandomness } = await import(new URL('sameness/randomness.js', dist).href);

const recording = renewing ? new RandomnessRecording() : undefined;
const { kinds } = await import('./uniqueness/kinds.js');
if (options.used) await useAll();
await settle();
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

async function useAll() {
  for (const { draw, use = draw } of kinds.values()) for (let i = 0; i < USED; i += 1) await use();
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
    for (const name of kinds.keys()) drawn[name] = [];
    // In turn: some of them draw from the same cache, which only the first of them would find as it was.
    for (let i = 0; i < DRAWS; i += 1) {
      for (const [name, { draw, count = DRAWS }] of kinds) if (i < count) drawn[name].push(String(await draw()));
    }
    writeFileSync(file, JSON.stringify(drawn));
    status = 0;
  } catch (error) {
    console.error(error);
  } finally {
    native.exit(status);
  }
}

/** The event loop stays blocked meanwhile, as in a mold. */
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
  const shared = [...kinds.keys()].filter((name) => isShared(copies.map((drawn) => drawn[name])));
  const expected = (name) => {
    const { shared: when } = kinds.get(name);
    return when === 'always' || (when === 'used' && options.used);
  };
  const blind = renewing ? [] : [...kinds.keys()].filter((name) => expected(name) && !shared.includes(name));
  if (options.json) {
    console.log(JSON.stringify({ kinds: [...kinds.keys()], shared, blind }));
  } else {
    for (const name of shared) console.log(`Two workers have drawn the same from ${name}.`);
    for (const name of blind)
      console.log(`Without renewal, two workers should draw the same from ${name}: they do not.`);
    if (shared.length === 0) console.log(`${COPIES} workers have nothing in common: ${kinds.size} kinds of ids.`);
  }
  process.exitCode = blind.length > 0 ? 2 : Number(shared.length > 0);
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
