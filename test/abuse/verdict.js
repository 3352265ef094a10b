import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, countDescriptors, privateMemory } from './process.js';

const MB = 1024 ** 2;
/** The growth of the supervisor that is allowed, in bytes. */
const GROWTH = 12 * MB;
/** The number of descriptors by which two moments can differ. */
const SPARE = 3;
/** The size of the log that is allowed, in bytes: `base`, plus `step` for each step. */
const LOG = { base: MB, step: 48 * 1024 };

/** Measures the memory and the descriptors of the supervisor at rest. */
export async function measure(instance) {
  for (let turn = 0; turn < 200; turn++)
    await Promise.all(['/status', '/metrics'].map((path) => instance.control.ask(path)));
  // Until the connections are closed.
  await sleep(500);
  return { memory: privateMemory(instance.pid), descriptors: countDescriptors(instance.pid) };
}

/**
 * Looks for lasting damage after all steps are undone, and stops the swarm.
 *
 * @param {{ memory: number, descriptors: number }} before
 * @returns {Promise<{ failures: string[], after: { memory: number, descriptors: number }, bytes: number }>}
 */
export async function judge(instance, before, steps) {
  const failures = [];
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      failures.push(error.message);
    }
  };
  await attempt(() => instance.until('all slots are ready', () => instance.control.isComplete(instance.count)));
  await attempt(() => instance.until('there is no stray process', () => strangers(instance).length === 0, 20_000));
  failures.push(...strangers(instance));
  let after = before;
  await attempt(async () => {
    await instance.until(
      'its descriptors are closed',
      () => countDescriptors(instance.pid) <= before.descriptors + SPARE,
      20_000,
    );
    after = await measure(instance);
  });
  if (after.memory > before.memory + GROWTH)
    failures.push(`its memory grew from ${megabytes(before.memory)} to ${megabytes(after.memory)}`);
  failures.push(...wronglyHung(instance));
  const { bytes } = instance.log;
  const most = LOG.base + steps * LOG.step;
  if (bytes > most) failures.push(`the log has ${megabytes(bytes)}: more than ${megabytes(most)}`);
  await attempt(async () => {
    instance.check();
    instance.signal([instance.pid], 'SIGTERM');
    await instance.ended();
    if (instance.exit !== 0) throw new Error(`after TERM it ended with ${instance.exit}`);
  });
  return { failures, after, bytes };
}

/** Describes processes other than the supervisor, one worker in each slot and one mold, and unreaped zombies. */
function strangers(instance) {
  const { all, workers, molds, zombies } = instance.children;
  const family = [instance.pid, ...workers, ...molds];
  const name = (pid) => `${pid} (${commandLine(pid).trim() || 'no name'})`;
  const others = [...new Set([...all, ...instance.processes])].filter(
    (pid) => !family.includes(pid) && !zombies.includes(pid),
  );
  return [
    ...zombies.map((pid) => `${pid} is a zombie`),
    ...others.map((pid) => `${name(pid)} is a stray process`),
    ...(workers.length === instance.count ? [] : [`there are ${workers.length} workers`]),
    ...(molds.length <= 1 ? [] : [`there are ${molds.length} molds`]),
  ];
}

/** A worker that was not paused sent heartbeats all the time, even if the supervisor read them late. */
function wronglyHung({ events, tampered }) {
  const hung = events.filter(({ event, reason }) => event === 'worker.kill' && reason === 'hung');
  return hung.filter(({ pid }) => !tampered.has(pid)).map(({ msg }) => `killed although it was never blocked: ${msg}`);
}

export function megabytes(bytes) {
  return `${(bytes / MB).toFixed(2)} MB`;
}
