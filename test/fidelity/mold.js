// The process that forks for the matrix, started by matrix.js. Prepares itself, runs each row in a child, and reports
// results on descriptor 3.
import { mkdirSync, mkdtempSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Absent } from './rows/absent.js';
import { rows } from './rows/index.js';
import { block } from './rows/parts/block.js';
import { warmUp } from './rows/parts/warm-up.js';
import { describeThreads } from './tasks.js';

const { names, busy, plain, directory, patience } = JSON.parse(process.argv[2]);
const WIDTH = 2;

const dist = new URL('../../dist/', import.meta.url);
const native = plain ? undefined : (await import(new URL('native/binding.js', dist).href)).loadNative();
const identity = await import(new URL('worker/copy/identity.js', dist).href);

if (busy) await warmUp();
if (plain) await runHere(names[0]);
else if (rows.get(names[0]).mold) await runInBoth(names[0]);
else await runInChildren(names);

/** Runs a row without a fork, to test the row itself. */
async function runHere(name) {
  const context = makeContext('mold');
  await run(name, context, await rows.get(name).mold?.(context));
}

/** Acts like swarm's mold: only forks and waits, so its event loop never turns. */
function runInChildren(waiting) {
  const running = new Map();
  while (waiting.length > 0 || running.size > 0) {
    if (waiting.length > 0 && running.size < WIDTH) {
      const name = waiting.shift();
      const pid = native.fork(false);
      if (pid === 0) return become(name);
      running.set(pid, { name, deadline: performance.now() + patience });
    }
    for (const [pid, { name, deadline }] of running) {
      if (reapedOrHung(pid, name, deadline)) running.delete(pid);
    }
    block(1);
  }
}

/** Forks with live resources in the mold, which both the mold and the child continue to use. */
async function runInBoth(name) {
  const row = rows.get(name);
  const prepared = await row.mold(makeContext('mold'));
  const pid = native.fork(false);
  if (pid === 0) return become(name, prepared);
  const childEnded = untilReaped(pid, name);
  if (!row.ends) await run(name, { ...makeContext('mold'), childEnded }, prepared);
  await childEnded;
}

async function untilReaped(pid, name) {
  const deadline = performance.now() + patience;
  while (!reapedOrHung(pid, name, deadline)) await sleep(1);
}

function reapedOrHung(pid, name, deadline) {
  let end = native.reap(pid);
  if (!end && performance.now() > deadline) {
    report({ name, hung: describeThreads(pid) });
    process.kill(pid, 'SIGKILL');
    while (!end) end = native.reap(pid);
  }
  if (!end) return false;
  report({ name, end });
  return true;
}

function become(name, prepared) {
  identity.assumeIdentity(native.pid());
  return run(name, makeContext('child'), prepared);
}

/** Runs a row and reports the result on descriptor 3. Afterwards nothing may keep the process alive. */
async function run(name, context, prepared) {
  const { who } = context;
  try {
    const row = rows.get(name);
    await (row.mold ? row.run(prepared, context) : row.run(context));
    report({ name, who, outcome: 'passed' });
  } catch (error) {
    if (error instanceof Absent) report({ name, who, outcome: 'absent', message: error.message });
    else report({ name, who, outcome: 'failed', message: error?.stack ?? String(error) });
  }
}

function makeContext(who) {
  const shared = join(directory, 'shared');
  mkdirSync(shared, { recursive: true });
  return { directory: mkdtempSync(join(directory, who)), shared, who, native, childEnded: Promise.resolve() };
}

function report(message) {
  writeSync(3, `${JSON.stringify(message)}\n`);
}
