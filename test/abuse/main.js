import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomFrom } from '../fidelity/soak/random.js';
import { freePort } from '../support/free-port.js';
import { Instance } from './instance.js';
import { descriptorLimit } from './process.js';
import { STEPS } from './steps/index.js';
import { judge, measure, megabytes } from './verdict.js';

const COUNT = 4;
/** Seconds. Pauses are both shorter and longer than these. */
const TIMEOUTS = { stop: 6, boot: 6, hang: 4 };
/** The longest time between the starts of two steps, in seconds. */
const LONGEST_REST = 2.5;
/** Characters at the end of the log to print after a failure. */
const TAIL = 20_000;
/** The number of concurrent steps. */
const WIDTH = 3;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    mode: { type: 'string', default: 'both' },
    output: { type: 'string', default: 'pipe,disk,closed' },
    only: { type: 'string' },
    node: { type: 'string', default: process.execPath },
  },
});
const isRoot = process.getuid() === 0;
const modes = options.mode === 'both' ? ['fork', 'spawn'] : [options.mode];
const outputs = options.output.split(',').filter((output) => isRoot || output !== 'disk');
if (!isRoot) console.log('SKIPPED because they need root: full disks, forged messages, an empty /proc');

for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));
const runs = modes.flatMap((mode) => outputs.map((output) => ({ mode, output })));
for (const [number, each] of runs.entries()) {
  await abuse({ ...each, seconds: Number(options.seconds) / runs.length, seed: Number(options.seed) + number });
}

async function abuse({ mode, output, seconds, seed }) {
  const title = `${mode}, ${output}`;
  console.log(`${title}: ${seconds.toFixed(0)} s, seed ${seed}`);
  const instance = new Instance({
    mode,
    output,
    count: COUNT,
    port: await freePort(),
    isolated: isRoot,
    node: options.node,
    timeouts: TIMEOUTS,
  });
  // Also if this process is interrupted.
  const close = () => instance.close();
  process.once('exit', close);
  let failures = [];
  try {
    await instance.start();
    instance.descriptors = descriptorLimit(instance.pid);
    const before = await measure(instance);
    const steps = await schedule(instance, 1000 * seconds, seed);
    const { after, bytes, ...verdict } = await judge(instance, before, steps);
    failures = verdict.failures;
    console.log(
      `${title}: ${steps} steps; private ${megabytes(before.memory)} → ${megabytes(after.memory)}, ` +
        `descriptors ${before.descriptors} → ${after.descriptors}, log ${megabytes(bytes)}`,
    );
  } catch (error) {
    failures.push(error.stack);
  } finally {
    for (const failure of failures) console.log(`${title}: FAILED: ${failure}`);
    if (failures.length > 0) {
      process.exitCode = 1;
      console.log(`${title}: the end of the log:\n${instance.log.text.slice(-TAIL)}`);
    }
    process.off('exit', close);
    close();
  }
}

/** @returns the number of steps, all of which are undone by then */
async function schedule(instance, milliseconds, seed) {
  const random = randomFrom(seed);
  const begun = performance.now();
  const running = new Set();
  const errors = [];
  let count = 0;
  try {
    while (errors.length === 0 && performance.now() - begun < milliseconds) {
      instance.check();
      const name = choose(instance, random);
      // Each step has its own generator, so that it does not depend on the numbers that other steps draw.
      const { text, act, undo } = STEPS[name].plan(instance, randomFrom(Math.floor(random() * 2 ** 31)));
      const at = (performance.now() - begun) / 1000;
      console.log(`  ${at.toFixed(1).padStart(6)} s  ${String(count++).padStart(4)}  ${name}: ${text}`);
      const step = act()
        .finally(() => undo?.())
        .catch((error) => errors.push(error))
        .finally(() => running.delete(step));
      running.add(step);
      await Promise.race([sleep(1000 * LONGEST_REST * random()), ...(running.size < WIDTH ? [] : running)]);
      while (running.size >= WIDTH) await Promise.race(running);
    }
  } finally {
    await Promise.all(running);
  }
  instance.check();
  if (errors.length > 0) throw errors[0];
  return count;
}

function choose(instance, random) {
  const only = options.only?.split(',');
  const names = Object.keys(STEPS).filter(
    (name) => (STEPS[name].applies?.(instance) ?? true) && (only?.includes(name) ?? true),
  );
  // A step is drawn in proportion to its weight.
  const drawn = names.flatMap((name) => Array(STEPS[name].weight).fill(name));
  return drawn[Math.floor(random() * drawn.length)];
}
