// Turns a drained worker into the mold of the next generation, and resets the state that this requires.
import { closeSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { collect } from '../../../dist/mold/garbage.js';
import { untilIdle } from '../../../dist/mold/idle.js';
import { lastingFiles, openDescriptors } from '../../../dist/mold/leftovers/descriptors.js';
import { forklessThreads } from '../../../dist/mold/leftovers/native-threads.js';
import { tryFork } from '../../../dist/mold/trial.js';
import { assign } from '../../../dist/protocol/assignment.js';
import { STATUS_FD } from '../../../dist/protocol/channel.js';
import { renewRandomness } from '../../../dist/sameness/randomness.js';
import { forgetWaiting } from '../../../dist/sameness/renewal/waiting.js';
import { context } from '../../../dist/worker/api.js';
import { exitWithoutTeardown } from '../../../dist/worker/copy/exit.js';
import { assumeIdentity } from '../../../dist/worker/copy/identity.js';
import { setWorkerFlags } from '../../../dist/worker/flags.js';
import { runWorker } from '../../../dist/worker/main.js';
import { registry } from '../../../dist/worker/registry.js';
import { watchSignals } from '../../../dist/worker/watched-signals.js';

/** As in dist/mold/main.js. */
export const HELD = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'];
/** Events of process to which swarm listens in a worker, but must not in a mold. */
const EVENTS = ['removeListener', 'newListener', 'beforeExit', ...HELD];

/** Milliseconds for closed services to release their sockets. */
const PATIENCE = 2000;

/** Sends a status message synchronously, so that a worker has no stream on this descriptor. */
export function say(message) {
  writeSync(STATUS_FD, `${JSON.stringify(message)}\n`);
}

/** The descriptor of a generation's command channel. Every process inherits those of all generations. */
export function commandsOf(generation) {
  return STATUS_FD + generation;
}

/** Forks on command until the other end is closed. Each copy becomes a worker here. */
export async function serve(image, generation) {
  const { native, assignment, randomness } = image;
  const commands = commandsOf(generation);
  const pristine = remember();
  const since = performance.now();
  const { order, channel } = nextFork(native, commands);
  closeSync(commands);
  native.moveDescriptor(channel, STATUS_FD);
  forgetWaiting(performance.now() - since);
  // From here on like dist/worker/forked.js.
  assumeIdentity(native.pid());
  renewRandomness(randomness);
  native.renewGenerators();
  setWorkerFlags();
  exitWithoutTeardown(native, () => {});
  const birth = look();
  // The hook registered first runs last: after services are closed and all other hooks have run.
  registry().stop.unshift(() => promote(image, generation + 1, pristine, birth));
  const { modules, preloads } = assignment;
  await runWorker(assign(order, assignment, { modules, preloads }), link(), native);
}

function nextFork(native, commands) {
  for (;;) {
    const received = native.receiveMessage(commands);
    if (!received) native.exit(0);
    const order = JSON.parse(received.text);
    const start = performance.now();
    const pid = native.fork(true);
    if (pid === 0) return { order, channel: received.descriptor };
    say({ type: 'forked', pid, ms: performance.now() - start });
    closeSync(received.descriptor);
  }
}

/** Makes a drained worker a mold, unless it has left something behind that its copies would share. */
async function promote(image, generation, pristine, birth) {
  const { native } = image;
  let now;
  let left;
  const times = {};
  times.idle = await timed(async () => {
    await untilIdle();
    const deadline = performance.now() + PATIENCE;
    do {
      await sleep(5);
      now = look();
      left = leftovers(birth, now);
    } while (left.length > 0 && performance.now() < deadline);
  });
  if (left.length > 0) {
    say({ type: 'refused', left });
    return;
  }
  restore(pristine);
  native.holdSignals(HELD);
  native.parentDeathSignal('SIGKILL', process.ppid);
  process.title = `swarm mold ${generation}`;
  setFlagsFromString('--no-memory-reducer');
  // dist/worker/flags.js can have set it.
  if (Number.parseInt(process.versions.v8, 10) >= 13) setFlagsFromString('--no-memory-saver-mode');
  times.collect = await timed(collect);
  times.trim = await timed(() => {
    native.trim();
    native.fillHoles();
  });
  let reason;
  times.trial = await timed(async () => {
    reason = await tryFork(native);
  });
  if (reason !== undefined) {
    say({ type: 'refused', left: [reason] });
    return;
  }
  native.holdSignals(HELD);
  say({ type: 'template', generation, times, unseen: unseen(birth, now) });
  await serve(image, generation);
  // In a copy, the drain that called this must not continue: it would run the new worker's hooks, and exit.
  await new Promise(() => {});
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function look() {
  const counts = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return { descriptors: openDescriptors(), native: forklessThreads(), threads: threadNames(), counts };
}

/** Finds the leftovers for which a mold looks after it has loaded a package. */
function leftovers(birth, now) {
  const fresh = [...now.descriptors].flatMap(([id, describe]) =>
    birth.descriptors.has(id) ? [] : { id, ...describe() },
  );
  const lasting = lastingFiles(fresh.filter(({ kind }) => kind === 'open file').map(({ id }) => id));
  const open = fresh.filter(({ id, kind, detail }) => {
    // Belongs to swarm's own thread, which enforces the deadline in each worker.
    if (detail.includes('anon_inode:[pidfd]')) return false;
    return kind !== 'open file' || lasting.has(id);
  });
  const threads = [...now.native].filter(([id]) => !birth.native.has(id)).map(([, name]) => `thread ${name}`);
  return [...open.map(({ kind, detail }) => `${kind} (${detail})`), ...threads];
}

/** Finds what a mold does not look for, because loading a package leaves none: timers, threads. */
function unseen(birth, now) {
  const grown = Object.entries(now.counts).filter(([name, count]) => count > (birth.counts[name] ?? 0));
  return [...grown.map(([name, count]) => `${count} ${name}`), `${now.threads.length - birth.threads.length} threads`];
}

function threadNames() {
  return readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim());
}

/** Records, in a mold, the state with which workers begin. */
function remember() {
  const { fork, quiet, stop, services, engaged, watched } = registry();
  return {
    lists: { fork: [...fork], quiet: [...quiet], stop: [...stop], services: [...services] },
    engaged,
    watched,
    listeners: new Map(EVENTS.map((event) => [event, new Set(process.rawListeners(event))])),
  };
}

/** Resets this process as if it had never been a worker. Signals that modules imported by name stay aborted. */
function restore({ lists, engaged, watched, listeners }) {
  const own = registry();
  for (const [name, items] of Object.entries(lists)) own[name].splice(0, own[name].length, ...items);
  Object.assign(own, {
    drained: new WeakMap(),
    unasked: new Set(),
    quieting: new AbortController(),
    stopping: new AbortController(),
    engaged,
    watched,
    listener: undefined,
  });
  const signals = { quietSignal: own.quieting.signal, stopSignal: own.stopping.signal };
  watchSignals(Object.values(signals), () => Object.assign(own, { watched: true, engaged: true }));
  Object.assign(context, signals);
  for (const [event, known] of listeners) {
    for (const listener of process.rawListeners(event)) if (!known.has(listener)) process.off(event, listener);
  }
}

/** Returns a status link without a stream. */
function link() {
  return {
    send: say,
    sendNow: say,
    blocked: (workerId) => ({ fd: STATUS_FD, text: JSON.stringify({ type: 'blocked', workerId, stack: '%' }) }),
    onSupervisorGone() {},
  };
}
