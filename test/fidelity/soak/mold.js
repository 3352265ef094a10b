// The process that forks for a soak, started by soak.js. Reports on descriptor 3 after each batch.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadNative } from '../../../dist/native/binding.js';
import { block } from '../rows/parts/block.js';
import { ownPid } from '../rows/parts/own-pid.js';
import { childrenOf, describeThreads } from '../tasks.js';
import { grown, measure, measureAtRest } from './growth.js';
import { randomFrom } from './random.js';
import { work } from './work.js';

/** Number of children at a time. */
const WIDTH = 4;
/** Failures after which the soak stops. */
const ENOUGH = 5;
/** How often in a row a fork may fail with EAGAIN. */
const REFUSALS = 50;

const { kind, forks, seed, patience, directory } = JSON.parse(process.argv[2]);
const native = loadNative();
const random = randomFrom(seed);
const soak = await import(`./${kind}.js`);

await main();

async function main() {
  // Work once first: what the first use allocates and keeps is not growth.
  await work(directory, 'first');
  const before = measure();
  const mold = await soak.start({ random, native, directory });
  let failures = 0;
  let warm;
  for (let done = 0; done < forks && failures < ENOUGH; ) {
    const batch = [];
    const milliseconds = [];
    let refused = 0;
    while (batch.length < WIDTH && done < forks) {
      await mold.step?.();
      const start = performance.now();
      const pid = forkOrRefuse();
      if (pid === 0) return become(mold, done);
      if (pid === undefined && ++refused < REFUSALS) continue;
      if (pid === undefined) throw new Error(`fork was refused ${refused} times in a row`);
      milliseconds.push(performance.now() - start);
      batch.push(pid);
      done++;
    }
    const [wrong] = await Promise.all([ends(batch, mold.blocks), mold.meanwhile?.()]);
    await mold.check?.(batch);
    failures += wrong.length;
    if (done >= forks / 5) warm ??= measure();
    report({ milliseconds, refused, failures: wrong });
  }
  await mold.end?.();
  report({ failures: grown(before, warm, await measureAtRest(before, 10_000)) });
  const left = childrenOf(ownPid());
  if (left.length > 0) report({ failures: [`it left children behind: ${left.join(', ')}`] });
}

function forkOrRefuse() {
  try {
    return native.fork(false);
  } catch (error) {
    if (error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** In the child: finishes what it inherited from the mold, works like a worker, and exits. */
async function become(mold, number) {
  const leaves = soak.leaves ?? (number % 2 === 0 ? 'naturally' : 'by process.exit');
  // The exit status if the event loop runs empty too early, because a completion was lost.
  process.exitCode = 99;
  await mold.child?.();
  await work(directory, ownPid());
  process.exitCode = 0;
  if (leaves !== 'naturally') process.exit();
}

/** Reaps the children, and returns what went wrong. */
async function ends(pids, blocks) {
  const failures = [];
  const deadline = performance.now() + patience;
  const running = new Set(pids);
  while (running.size > 0) {
    for (const pid of running) {
      let end = native.reap(pid);
      if (!end && performance.now() > deadline) {
        failures.push(`a child hung\n${describeThreads(pid)}`);
        process.kill(pid, 'SIGKILL');
        while (!end) end = native.reap(pid);
      } else if (end && (end.code !== 0 || end.signal)) {
        failures.push(`child ${pid} ended with ${end.signal ?? end.code}`);
      }
      if (end) running.delete(pid);
    }
    if (blocks) block(1);
    else await sleep(1);
  }
  return failures;
}

function report(message) {
  writeSync(3, `${JSON.stringify(message)}\n`);
}
