import type { Entry } from '../log/logger.ts';
import type { Exit, MoldEvent } from '../process/spawner.ts';
import type { Failure, WorkerMessage } from '../protocol/messages.ts';
import type { Requester } from './events.ts';
import { type Fleet, indexOf, type Slot, slotOf, type Worker } from './fleet.ts';
import type { Outgrown } from './memory.ts';
import { about, megabytes, type Notice, name, notice, plural, requester, seconds } from './notice.ts';

/* The words for what happens to workers, molds and the whole swarm. */

type Snapshot = Extract<WorkerMessage, { type: 'snapshot' }>;

export function started(fleet: Fleet, worker: Worker): Notice {
  return about(fleet, worker, 'info', 'worker.start', {}, `${name(fleet, worker)} started`);
}

export function startFailed(fleet: Fleet, worker: Worker, reason: string): Notice {
  const message = `${name(fleet, worker)} could not be started (${reason}); the others go on`;
  return about(fleet, worker, 'error', 'worker.start', { error: reason }, message);
}

export function ready(fleet: Fleet, worker: Worker, now: number): Notice {
  const took = now - worker.startedAt;
  const message = `${name(fleet, worker)} is ready after ${seconds(took)}`;
  return about(fleet, worker, 'info', 'worker.ready', { ms: Math.round(took) }, message);
}

export function failed(fleet: Fleet, worker: Worker, failure: Failure): Notice {
  const message = `${name(fleet, worker)} failed while ${describeFailure(failure)}`;
  return about(fleet, worker, 'error', 'worker.failed', { module: failure.module, error: failure.message }, message);
}

export function quieted(fleet: Fleet, worker: Worker): Notice {
  return about(fleet, worker, unlessStopping(fleet), 'worker.quiet', {}, `${name(fleet, worker)} takes no new work`);
}

export function leaving(fleet: Fleet, worker: Worker): Notice {
  const message = `${name(fleet, worker)} finishes its work and leaves`;
  return about(fleet, worker, unlessStopping(fleet), 'worker.stop', {}, message);
}

export function snapshot(fleet: Fleet, worker: Worker, { snapshot, stack }: Snapshot): Notice {
  const fields = { snapshot, stack: stack || undefined };
  return about(fleet, worker, 'info', 'worker.snapshot', fields, `${name(fleet, worker)}: ${snapshot}`);
}

export function exited(fleet: Fleet, worker: Worker, exit: Exit): Notice {
  const expected =
    worker.state === 'stopping' || worker.state === 'killed' || (worker.state === 'quiet' && exit.code === 0);
  const fields = { status: exit.code ?? undefined, signal: exit.signal ?? undefined };
  const message = `${name(fleet, worker)} ${describeExit(worker, exit)}`;
  // A worker without a pid was never started, and no line has announced it.
  const level = worker.pid === undefined ? 'debug' : 'info';
  return about(fleet, worker, expected ? level : 'warn', 'worker.exit', fields, message);
}

export function backoff(fleet: Fleet, slot: number, { failures, startableAt }: Slot, now: number): Notice {
  const wait = startableAt - now;
  const index = indexOf(fleet, slot);
  const message = `worker ${slot} (index ${index}) is started again in ${seconds(wait)}: ${failures} failures in a row`;
  return notice('warn', 'worker.backoff', { worker: slot, index, failures, ms: Math.round(wait) }, message);
}

export function killOverdue(fleet: Fleet, worker: Worker, now: number): Notice {
  const { timeout, bootTimeout } = fleet.policy;
  const stopping = worker.state === 'stopping';
  const late = stopping
    ? `did not stop within ${seconds(timeout)} of TERM (SWARM_TIMEOUT)`
    : `was not ready within ${seconds(bootTimeout)} (SWARM_BOOT_TIMEOUT)`;
  const busy = describeBusy(worker, now);
  const fields = { reason: stopping ? 'timeout' : 'boot', busy };
  return about(fleet, worker, 'error', 'worker.kill', fields, `${name(fleet, worker)} ${late} and is killed: ${busy}`);
}

export function killHung(fleet: Fleet, worker: Worker, now: number): Notice {
  const silent = seconds(now - worker.heardAt);
  const message = `${name(fleet, worker)} is killed: its event loop has been blocked for ${silent} (SWARM_HANG_TIMEOUT)`;
  return about(fleet, worker, 'error', 'worker.kill', { reason: 'hung' }, message);
}

export function blocked(fleet: Fleet, worker: Worker, now: number): Notice {
  const silent = seconds(now - worker.heardAt);
  const message =
    `${name(fleet, worker)} has not been heard of for ${silent}: its event loop is blocked, so it cannot stop gracefully. ` +
    'A snapshot follows if JavaScript blocks it. Set SWARM_HANG_TIMEOUT to have such workers replaced';
  return about(fleet, worker, 'warn', 'worker.hung', {}, message);
}

/** @param room whether its replacement is to be ready first */
export function recycling(fleet: Fleet, { worker, reason }: Outgrown, room: boolean): Notice {
  const { policy, memory } = fleet;
  const size = worker.memory ?? 0;
  const { outgrown } = slotOf(fleet, worker.slot);
  const alone = reason === 'worker';
  const [bytes, limit] = alone ? [size, policy.maxMemory] : [memory.use, policy.memory];
  const why = alone
    ? `uses ${megabytes(size)}, more than ${megabytes(limit)} (SWARM_MAXMEM_MB)`
    : `uses ${megabytes(size)}, the most of all, and the swarm ${megabytes(bytes)} of ${megabytes(limit)} (SWARM_MEMORY_MB)`;
  const how = room ? 'it stops when its replacement is ready' : 'it stops first, as there is no room for both';
  const cause = alone
    ? 'perhaps the limit is too low for the work'
    : 'perhaps there are too many workers (SWARM_COUNT)';
  const again = outgrown > 1 ? `. Within a minute, and ${outgrown} times in a row: ${cause}` : '';
  const message = `${name(fleet, worker)} ${why}: ${how}${again}`;
  return about(fleet, worker, 'warn', 'worker.recycle', { reason, bytes, limit }, message);
}

export function notReplaced(fleet: Fleet, worker: Worker): Notice {
  const message = `${name(fleet, worker)} stays: its replacement did not become ready. Another is tried later`;
  const event = worker.generation < fleet.generation ? 'reload' : 'worker.recycle';
  return about(fleet, worker, 'error', event, { reason: 'boot' }, message);
}

export function full({ policy, memory }: Fleet): Notice {
  const { use } = memory;
  const message =
    `the swarm uses ${megabytes(use)} of ${megabytes(policy.memory)}, and no worker has grown, so none is recycled: ` +
    'give it fewer workers (SWARM_COUNT) or more memory';
  return notice('warn', 'memory', { bytes: use, limit: policy.memory }, message);
}

export function cannotBoot(fleet: Fleet): Notice {
  const all = fleet.policy.count === 1 ? 'the only worker' : `each of the ${fleet.policy.count} workers`;
  return notice('error', 'stop', { reason: 'boot' }, `giving up: ${all} failed before it was ready`);
}

export function quieting(fleet: Fleet, by: Requester): Notice {
  const message = `${by}: no new work, and no worker is started any more until swarm itself is restarted`;
  return notice('info', 'quiet', { ...requester(by), workers: fleet.workers.length }, message);
}

export function allLeftQuietly(): Notice {
  return notice('info', 'quiet', { workers: 0 }, 'no worker is left; swarm waits to be stopped');
}

export function stopping(fleet: Fleet, by: Requester): Notice {
  const workers = fleet.workers.length;
  const time = seconds(fleet.policy.timeout);
  const message =
    workers === 0 ? `${by}: no worker is running` : `${by}: stopping ${plural(workers, 'worker')} within ${time}`;
  return notice('info', 'stop', { ...requester(by), workers }, message);
}

export function killingAll(fleet: Fleet): Notice {
  const workers = fleet.workers.length;
  return notice(
    'warn',
    'worker.kill',
    { reason: 'SIGINT', workers },
    `second SIGINT: killing ${plural(workers, 'worker')}`,
  );
}

export function stopped(fleet: Fleet): Notice {
  const { status } = fleet;
  const message = status === 0 ? 'stopped; every worker has left' : 'stopped with status 1; the reason is above';
  return notice(status === 0 ? 'info' : 'error', 'stopped', { status }, message);
}

/** What becomes of the mold from which workers are forked. */
export function aboutMold(event: MoldEvent): Notice {
  switch (event.type) {
    case 'preloaded': {
      const { packages, milliseconds, bytes } = event;
      const message = `another mold is ready: ${describePreload(event)}`;
      return notice('info', 'preload', { packages, ms: Math.round(milliseconds), bytes }, message);
    }
    case 'left-out': {
      const message = `${event.package} is not shared, each worker loads it for itself: ${event.reason}`;
      return notice('warn', 'preload', { package: event.package, reason: event.reason }, message);
    }
    case 'risky': {
      const message = `${event.package} is shared as asked, but ${event.reason}, and the workers share that as well`;
      return notice('warn', 'preload', { package: event.package, reason: event.reason }, message);
    }
    case 'mold-exited': {
      const { code, signal } = event.exit;
      const ended = signal === null ? `exited with status ${code}` : `was killed by ${signal}`;
      const message = `the mold ${ended}; the workers go on, and another is made when one has to be started`;
      return notice('warn', 'mold.exit', { status: code ?? undefined, signal: signal ?? undefined }, message);
    }
  }
}

/** "19 packages preloaded, 58 MB shared" */
export function describePreload({ packages, bytes }: { packages: number; bytes: number }): string {
  return `${plural(packages, 'package')} preloaded, ${megabytes(bytes)} shared`;
}

/** "loading /app/jobs.js: Error: no such database" */
export function describeFailure(failure: Failure): string {
  return `${failure.while} ${failure.module}: ${failure.message}`;
}

export function describeExit(worker: Worker, { code, signal }: Exit): string {
  const stopping = worker.state === 'stopping';
  if (worker.state === 'quiet' && code === 0) return 'has finished its work and left';
  if (signal === null) return stopping && code === 0 ? 'stopped' : `exited with status ${code}${describeStatus(code)}`;
  if (stopping && (signal === 'SIGTERM' || signal === 'SIGINT')) {
    return worker.readyAt === undefined
      ? 'stopped before it was ready'
      : `was ended by ${signal}; it has no handler for it`;
  }
  const ended = `was killed by ${signal}`;
  if (worker.state === 'killed') return ended;
  if (signal === 'SIGABRT') return `${ended}, as Node does when its heap is out of memory (--max-old-space-size)`;
  if (signal === 'SIGKILL') return `${ended}, but not by swarm: perhaps the machine was out of memory`;
  return ended;
}

/** Node's own exit statuses, where the number alone would send people searching. */
function describeStatus(code: number | null): string {
  if (code === 0) return ', as a process does that has nothing to wait for: no server, timer or connection';
  return code === 13 ? ': a top-level await never came to an end' : '';
}

/** What it was doing as far as anybody can know: a silent worker says nothing, and that says enough. */
function describeBusy({ heardAt, busy, online, state }: Worker, now: number): string {
  const silent = now - heardAt;
  if (!online) return 'it had not begun to load its modules';
  if (silent >= SILENCE) return `its event loop has been blocked for ${seconds(silent)}`;
  if (state === 'starting')
    return 'a module is still loading, or its default export has not returned (pass a loop to drain)';
  return busy === '' ? 'it did not say what it was busy with' : `it was busy with ${busy}`;
}

/** Longer than the longest interval between two heartbeats, ms. */
const SILENCE = 6000;

/** When all of them stop, one line an exit is enough. */
function unlessStopping({ phase }: Fleet): Entry['level'] {
  return phase === 'stopping' ? 'debug' : 'info';
}
